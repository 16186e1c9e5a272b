package plan

import "github.com/manifest-tool/manifest-tool/spec"

// A Way is how a manifest and its blobs come to a target.
type Way string

// The ways.
const (
	Present Way = "present" // the target holds the manifest
	Mount   Way = "mount"   // the registry is asked to take the blobs from another of its repositories
	Stream  Way = "stream"  // the blobs are read from the source and sent to the target
)

// WayOf returns how an entry comes to the target.
func (p Plan) WayOf(e Entry) Way {
	switch {
	case !e.Copy:
		return Present
	case !p.Force && sameRegistry(e.From, p.Target):
		return Mount
	}
	return Stream
}

func sameRegistry(a, b spec.Place) bool {
	return a.Kind == spec.Registry && b.Kind == spec.Registry && a.Repository.Registry == b.Repository.Registry
}

// BlobBytes is the size of the blobs that an entry needs.
func (e Entry) BlobBytes() (n int64) {
	for _, d := range e.Blobs {
		n = addBytes(n, d.Size)
	}
	return n
}

// addBytes adds sizes that come from outside. The sum stays where it is before it overflows.
func addBytes(a, b int64) int64 {
	if b < 0 || a+b < a {
		return a
	}
	return a + b
}
