// Package certs knows whose certificates are trusted where, and which are shown to whom: those of the
// command line, and those in docker's and containers' certs.d folders.
package certs
