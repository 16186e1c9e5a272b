package index

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A Change is one thing that becomes of an index.
type Change struct {
	What     string // added, replaced, removed, platform, annotated
	Platform v1.Platform
	From, To v1.Hash `json:",omitzero"` // the manifests that go and come
}

func (x *Index) changed(what string, platform v1.Platform, from, to v1.Hash) {
	x.Changes = append(x.Changes, Change{what, platform, from, to})
}

// picked finds the entries that a pick stands for: all with a digest, or the group of a platform. No
// entry is not an error.
func (x Index) picked(pick spec.Pick) ([]int, error) {
	if pick.Digest == (v1.Hash{}) {
		if len(fitting(x.Entries, pick.Platform)) == 0 {
			return nil, nil
		}
		return matchGroup(x.Entries, pick.Platform)
	}
	var found []int
	for i, e := range x.Entries {
		if e.Descriptor.Digest == pick.Digest {
			found = append(found, i)
		}
	}
	return found, nil
}

// Remove takes out the group of a platform, or the entries with a digest, with what belongs to their
// images. It reports whether there was anything to take out.
func (x *Index) Remove(pick spec.Pick) (bool, error) {
	found, err := x.picked(pick)
	if err != nil || len(found) == 0 {
		return false, err
	}
	x.removeAt(found)
	return true, nil
}

// removeAt takes out entries, and then what belongs to an image that the index does not hold any more.
func (x *Index) removeAt(positions []int) {
	var gone []Entry
	for _, i := range slices.Backward(positions) {
		gone = append(gone, x.Entries[i])
		x.Entries = slices.Delete(x.Entries, i, i+1)
	}
	for _, e := range slices.Backward(gone) {
		if e.Kind != Attestation {
			x.changed("removed", e.Platform, e.Descriptor.Digest, v1.Hash{})
		}
	}
	for _, e := range gone {
		x.removeAttached(e.Descriptor.Digest)
	}
}

// removeAttached takes out what belongs to an image, unless the index still holds the image.
func (x *Index) removeAttached(image v1.Hash) {
	if x.Lists(image) {
		return
	}
	x.Entries = slices.DeleteFunc(x.Entries, func(e Entry) bool {
		attached := e.IsAttached() && e.Subject == image
		if attached && e.Kind == Companion {
			x.changed("removed", e.Platform, e.Descriptor.Digest, v1.Hash{})
		}
		return attached
	})
}
