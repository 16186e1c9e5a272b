package plan

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Restoration brings back content that a target has lost: manifests and blobs by their digests. It has no tags.
type Restoration struct {
	Target spec.Place
	// Entries are manifests. The entries of an index come before it. Their blobs are in Blobs, as far as the target
	// lacks them.
	Entries []Entry
	Blobs   []BlobSource
	// NotFound are the manifests and blobs that no place holds, and the manifests that need one of these.
	NotFound []v1.Hash
	// Force sends the bytes of the blobs, because the target holds damaged ones.
	Force bool
}

// A BlobSource is a blob with a place that holds it.
type BlobSource struct {
	v1.Descriptor
	From spec.Place
}

// AddManifest adds a manifest that a place holds.
func (r *Restoration) AddManifest(m registry.Manifest, from spec.Place, refersTo v1.Hash) {
	n := Node{Entry: index.NewEntry(m.Descriptor()), Place: from, RefersTo: refersTo}
	e := entryOf(n, sourceOf(n))
	e.Copy = true
	r.Entries = append(r.Entries, e)
}

// Brings are the digests of all that the restoration brings.
func (r Restoration) Brings() []v1.Hash {
	var digests []v1.Hash
	for _, b := range r.Blobs {
		digests = append(digests, b.Digest)
	}
	for _, e := range r.Entries {
		digests = append(digests, e.Descriptor.Digest)
	}
	return digests
}
