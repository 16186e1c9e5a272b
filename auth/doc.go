// Package auth finds the credential for a repository, and keeps logins.
//
// A [Keychain] looks in the places where docker, podman and other tools
// store credentials. It compares the whole host name with the stored one,
// never a part of it. A [File] stores and removes logins in one of these
// places, as docker and podman do.
package auth
