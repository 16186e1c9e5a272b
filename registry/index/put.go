package index

import (
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Put replaces the group of a platform by another, at the place of the first entry, or adds the group
// behind all entries. The entries of the group have their bytes already: see [Index.Write]. A group that
// holds the same images already is left as it is, with all that belongs to it. So is an entry without a
// platform that the index lists already.
func (x *Index) Put(addition []Entry) {
	platform := addition[0].Platform
	old := group(x.Entries, platform)
	switch {
	case !addition[0].InGroup():
		x.add(slices.DeleteFunc(slices.Clone(addition), x.holds))
	case len(old) == 0:
		x.add(addition)
	case !sameImages(x.Entries, old, addition):
		x.replace(old, addition)
	}
}

// add puts entries behind all others.
func (x *Index) add(entries []Entry) {
	x.Entries = append(x.Entries, entries...)
	for _, e := range entries {
		if e.Kind != Attestation {
			x.changed("added", e.Platform, v1.Hash{}, e.Descriptor.Digest)
		}
	}
}

// holds reports whether the index lists an entry without a platform already, or what belongs to it.
func (x *Index) holds(e Entry) bool {
	return slices.ContainsFunc(x.Entries, func(o Entry) bool {
		return o.Descriptor.Digest == e.Descriptor.Digest && o.Subject == e.Subject && !o.InGroup()
	})
}

// sameImages reports whether a group holds the images and artifacts of an addition, and no other.
func sameImages(entries []Entry, old []int, addition []Entry) bool {
	count := map[v1.Hash]int{}
	for _, i := range old {
		count[entries[i].Descriptor.Digest]++
	}
	for _, e := range addition {
		if !e.IsAttached() {
			count[e.Descriptor.Digest]--
		}
	}
	return !slices.ContainsFunc(slices.Collect(maps.Values(count)), func(n int) bool { return n != 0 })
}

// replace puts a group in the place of another.
func (x *Index) replace(old []int, addition []Entry) {
	replaced, behind := x.Entries[old[0]].Descriptor.Digest, len(x.Entries)-old[0]
	changes := len(x.Changes)
	removed := x.removeAt(old)
	at := len(x.Entries) - behind
	for _, i := range removed {
		if i >= old[0] {
			at++
		}
	}
	x.Entries = slices.Insert(x.Entries, at, addition...)
	x.replaced(changes, replaced, addition)
}

// replaced turns the removal of the first image and the coming of the new one into one change.
func (x *Index) replaced(before int, old v1.Hash, addition []Entry) {
	first := addition[0]
	for i := before; i < len(x.Changes); i++ {
		if c := &x.Changes[i]; c.From == old {
			c.What, c.Platform, c.To = "replaced", first.Platform, first.Descriptor.Digest
		}
	}
	for _, e := range addition[1:] {
		if e.Kind != Attestation {
			x.changed("added", e.Platform, v1.Hash{}, e.Descriptor.Digest)
		}
	}
}

// Write gives an entry the bytes that it has in this index, as [Index.Add] does, without adding it.
func (x *Index) Write(e Entry, annotations map[string]string) (Entry, []string, error) {
	return x.written(e, annotations)
}
