package index

import (
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Put replaces the group of a platform by another, at the place of the first entry, or adds the group
// behind all entries. The entries of the group have their bytes already: see [Index.Write]. A group that
// holds the same images already stays, unless the addition has other attestations or companions. An entry
// without a platform stays if the index lists the entry already.
func (x *Index) Put(addition []Entry) {
	leading := Leading(addition)
	old := group(x.Entries, leading.Platform)
	switch {
	case !leading.InGroup():
		x.add(slices.DeleteFunc(slices.Clone(addition), x.holds))
	case len(old) == 0:
		x.add(addition)
	case !sameImages(x.Entries, old, addition) || !x.holdsAttached(addition):
		x.replace(old, addition)
	}
}

// holdsAttached reports whether the index lists all attestations and companions of an addition.
func (x *Index) holdsAttached(addition []Entry) bool {
	return !slices.ContainsFunc(addition, func(e Entry) bool {
		return e.IsAttached() && !slices.ContainsFunc(x.Entries, func(o Entry) bool {
			return o.Descriptor.Digest == e.Descriptor.Digest && o.Subject == e.Subject
		})
	})
}

// Leading returns the first entry of a group that belongs to no other entry. Attestations may come before their
// image.
func Leading(group []Entry) Entry {
	i := slices.IndexFunc(group, func(e Entry) bool { return !e.IsAttached() })
	return group[max(i, 0)]
}

// add puts entries behind all others.
func (x *Index) add(entries []Entry) {
	x.Entries, x.modified = append(x.Entries, entries...), x.modified || len(entries) > 0
	x.changedAll("added", entries)
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

// replace puts a group in the place of another. An image that is in both is not worth a change.
func (x *Index) replace(old []int, addition []Entry) {
	behind := len(x.Entries) - old[0]
	removed, gone := x.takeOut(old)
	at := len(x.Entries) - behind
	for _, i := range removed {
		if i >= old[0] {
			at++
		}
	}
	x.Entries = slices.Insert(x.Entries, at, addition...)
	came := slices.DeleteFunc(slices.Clone(addition), func(e Entry) bool { return e.Kind == Attestation || lists(gone, e) })
	gone = slices.DeleteFunc(gone, func(e Entry) bool { return e.Kind == Attestation || lists(addition, e) })
	if len(came)+len(gone) == 0 {
		image := Leading(addition)
		x.changed("attested", image.Platform, v1.Hash{}, image.Descriptor.Digest)
	}
	if len(came) > 0 && len(gone) > 0 {
		x.changed("replaced", came[0].Platform, gone[0].Descriptor.Digest, came[0].Descriptor.Digest)
		came, gone = came[1:], gone[1:]
	}
	x.changedAll("removed", gone)
	x.changedAll("added", came)
}

// lists reports whether some entries hold the manifest of an entry.
func lists(entries []Entry, e Entry) bool {
	return slices.ContainsFunc(entries, func(o Entry) bool { return o.Descriptor.Digest == e.Descriptor.Digest })
}

// Write gives an entry the bytes that it has in this index, as [Index.Add] does, without adding it.
func (x *Index) Write(e Entry, annotations map[string]string) (Entry, []string, error) {
	return x.written(e, annotations)
}
