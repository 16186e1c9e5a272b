// Package remote is a [registry.Repository] on a registry server: a small client of the
// distribution API (https://github.com/opencontainers/distribution-spec/blob/main/spec.md).
//
// No request is made that brings nothing: there is no ping (the first real request brings the
// challenge), one token carries the scopes of all repositories of the run, and a blob is mounted
// without asking first whether it is there.
//
// Who does what, from the user's side to the wire:
//
//	Session     one run: which repositories, whose credentials
//	Repository  manifests and blobs under one name
//	client      one registry with one credential: tokens, errors, retries
//	host        one registry server: http or https, how many requests at once
//	policy      every single exchange: redirects, time limits, the trace
package remote
