// Package auth knows whose credentials go where.
//
// A [Keychain] looks for the credential of a repository in the places where docker, podman and
// their kin keep them, and answers with exactly the one that was stored for it: a stored name is
// matched whole, never by a part of a host name.
package auth
