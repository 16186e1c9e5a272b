// Package auth finds the credential for a repository.
//
// A [Keychain] looks in the places where docker, podman and other tools
// store credentials. It compares the whole host name with the stored one,
// never a part of it.
package auth
