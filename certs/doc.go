// Package certs finds the trusted certificates and the client certificates for a host: those of the
// command line, and those in the certs.d folders of docker and containers.
package certs
