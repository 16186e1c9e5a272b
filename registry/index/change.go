package index

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A Change is one thing that becomes of an index.
type Change struct {
	What     string // added, replaced, removed, platform, annotated, attested, type
	Platform v1.Platform
	From, To v1.Hash `json:",omitzero"` // the manifests that go and come
}

func (x *Index) changed(what string, platform v1.Platform, from, to v1.Hash) {
	x.Changes, x.modified = append(x.Changes, Change{what, platform, from, to}), true
}

// changedAll records that entries were added or removed. Attestations are not worth a change.
func (x *Index) changedAll(what string, entries []Entry) {
	for _, e := range entries {
		switch {
		case e.Kind == Attestation:
		case what == "added":
			x.changed(what, e.Platform, v1.Hash{}, e.Descriptor.Digest)
		default:
			x.changed(what, e.Platform, e.Descriptor.Digest, v1.Hash{})
		}
	}
}

// Picked finds the entries that go where a pick is removed: see [Index.Remove]. A platform that several groups
// fit picks none.
func Picked(entries []Entry, pick spec.Pick) []int {
	x := Index{Entries: slices.Clone(entries)}
	found, err := x.picked(pick)
	if err != nil || len(found) == 0 {
		return nil
	}
	removed, _ := x.takeOut(found)
	return removed
}

// picked finds the entries that a pick selects: all with a digest, or the group of a platform. No entry is not an
// error.
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
	_, gone := x.takeOut(found)
	x.changedAll("removed", gone)
	return true, nil
}

// takeOut takes out entries, with what belongs to an image that the index does not hold any more. It returns
// all that it takes out, with the positions.
func (x *Index) takeOut(positions []int) (removed []int, gone []Entry) {
	taken := make([]bool, len(x.Entries))
	for _, i := range positions {
		taken[i] = true
	}
	lost, kept := map[v1.Hash]bool{}, map[v1.Hash]bool{} // images
	for i, e := range x.Entries {
		switch {
		case e.IsAttached():
		case taken[i]:
			lost[e.Descriptor.Digest] = true
		default:
			kept[e.Descriptor.Digest] = true
		}
	}
	var rest []Entry
	for i, e := range x.Entries {
		if taken[i] || e.IsAttached() && lost[e.Subject] && !kept[e.Subject] {
			removed, gone = append(removed, i), append(gone, e)
		} else {
			rest = append(rest, e)
		}
	}
	x.Entries, x.modified = rest, x.modified || len(removed) > 0
	return removed, gone
}
