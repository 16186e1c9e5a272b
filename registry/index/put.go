package index

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Put replaces the group of a platform by another, at the place of the first entry, or adds the group
// behind all entries. The entries of the group have their bytes already: see [Index.Write]. A group
// whose images are all there already is left as it is, with all that belongs to it.
func (x *Index) Put(addition []Entry) {
	platform := addition[0].Platform
	old := group(x.Entries, platform)
	if len(old) == 0 || !addition[0].InGroup() {
		x.put(len(x.Entries), addition)
		for _, e := range addition {
			if e.Kind != Attestation {
				x.changed("added", e.Platform, v1.Hash{}, e.Descriptor.Digest)
			}
		}
		return
	}
	lacks := func(e Entry) bool { return !x.Lists(e.Descriptor.Digest) && !e.IsAttached() }
	if !slices.ContainsFunc(addition, lacks) {
		return
	}
	replaced, before := x.Entries[old[0]].Descriptor.Digest, slices.Clone(x.Entries[:old[0]])
	changes := len(x.Changes)
	x.removeAt(old)
	at := 0
	for _, e := range before {
		if x.Lists(e.Descriptor.Digest) {
			at++
		}
	}
	x.put(at, addition)
	x.replaced(changes, replaced, addition)
}

func (x *Index) put(at int, entries []Entry) {
	x.Entries = slices.Insert(x.Entries, at, entries...)
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
