// Package registry defines what registries and disks have in common: a [Session] opens each
// [Repository] of a run, and a Repository holds manifests and blobs. The package parses and verifies
// documents, and classifies errors. It knows no HTTP and no files: packages remote, layout and
// archive implement the interfaces.
package registry
