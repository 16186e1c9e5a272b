// Package remote is a [registry.Repository] on a registry server: a small client of the
// distribution API (https://github.com/opencontainers/distribution-spec/blob/main/spec.md).
//
// The package saves round trips: it sends no ping (the first request brings the challenge), one token has the scopes of
// many repositories of the run, and a mount needs no check that the blob exists.
//
// The types, from the caller to the wire:
//
//	Session     one run: repositories, credentials
//	Repository  manifests and blobs under one name
//	client      one registry with one credential: tokens, errors, retries (states of a login: client.sendAuthorized)
//	host        one registry server: http or https, number of open requests
//	policy      one exchange: redirects, time limits, trace
//	network     one connection: addresses, proxies, TLS (package network)
package remote
