// Package diff compares two images or indexes, A and B. It is pure: package resolve reads both sides.
//
// Entries are compared by group, as all commands see an index (package index): images and artifacts of one platform are
// a group, and attestations and companions belong to their image. In a group, entries with the same digest are a pair,
// then entries that nothing distinguishes, then the others in their order. Entries without a platform are compared by
// their digests.
//
// An entry with the same digest on both sides is the same image: only its descriptor is compared. Of two different
// images, the manifests and the configs are compared field by field, as far as both exist and are valid.
package diff
