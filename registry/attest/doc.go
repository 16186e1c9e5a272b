// Package attest makes the provenance of an assembly: an in-toto statement with a SLSA predicate, and the manifest that
// attaches the statement to an index. It is pure: the same input gives the same bytes.
//
// docs/reference/provenance.md describes each field for readers of the provenance.
package attest
