package diff

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// A pair is the places of two entries that belong together. A place is negative where a side has no such entry.
type pair struct{ a, b int }

// pairUp finds the pairs of two indexes: those of B in its order, then the entries that only A has. What is attached to
// an image belongs to the pair of the image.
func pairUp(a, b []plan.InspectedEntry) []pair {
	freeA, freeB := free(a), free(b)
	partner := map[int]int{} // of the entries of B
	taken := map[int]bool{}  // entries of A
	for _, alike := range []func(a, b index.Entry) bool{sameImage, sameDigest, bothSingle, inOneGroup(index.Alike), inOneGroup(sameKind)} {
		for _, i := range freeB {
			for _, k := range freeA {
				if _, ok := partner[i]; !ok && !taken[k] && alike(a[k].Entry, b[i].Entry) {
					partner[i], taken[k] = k, true
				}
			}
		}
	}
	var pairs []pair
	for _, i := range freeB {
		k, ok := partner[i]
		if !ok {
			k = -1
		}
		pairs = append(pairs, pair{k, i})
	}
	for _, k := range freeA {
		if !taken[k] {
			pairs = append(pairs, pair{k, -1})
		}
	}
	return pairs
}

// free are the places of the entries that are attached to no other entry of the index.
func free(entries []plan.InspectedEntry) []int {
	images := map[v1.Hash]bool{}
	for _, e := range entries {
		images[e.Descriptor.Digest] = images[e.Descriptor.Digest] || !e.IsAttached()
	}
	var places []int
	for i, e := range entries {
		if !e.IsAttached() || !images[e.Subject] {
			places = append(places, i)
		}
	}
	return places
}

// sameImage reports whether two entries list one manifest for one platform.
func sameImage(a, b index.Entry) bool {
	return sameDigest(a, b) && index.SameGroup(a.Platform, b.Platform)
}

// sameDigest reports whether two entries list one manifest.
func sameDigest(a, b index.Entry) bool { return a.Descriptor.Digest == b.Descriptor.Digest }

// bothSingle reports whether no index lists the images: the user compares one image with the other, whatever their
// platforms are.
func bothSingle(a, b index.Entry) bool { return a.Raw == nil && b.Raw == nil }

func sameKind(a, b index.Entry) bool { return a.Kind == b.Kind }

// inOneGroup restricts a comparison to entries of one platform.
func inOneGroup(alike func(a, b index.Entry) bool) func(a, b index.Entry) bool {
	return func(a, b index.Entry) bool {
		return a.InGroup() && b.InGroup() && index.SameGroup(a.Platform, b.Platform) && alike(a, b)
	}
}

// compare compares a pair, with what is attached to its images.
func (p pair) compare(a, b []plan.InspectedEntry) (e EntryDifference, differs bool) {
	switch {
	case p.b < 0:
		e = onlyOn(a[p.a])
		e.A, e.Attached = entryOf(a[p.a]), attachedChanges(attachedTo(a, p.a), nil)
		return e, true
	case p.a < 0:
		e = onlyOn(b[p.b])
		e.B, e.Attached = entryOf(b[p.b]), attachedChanges(nil, attachedTo(b, p.b))
		return e, true
	}
	from, to := a[p.a], b[p.b]
	e = onlyOn(to)
	e.A, e.B = entryOf(from), entryOf(to)
	e.Changes = descriptorChanges(from.Entry, to.Entry)
	e.Attached = attachedChanges(attachedTo(a, p.a), attachedTo(b, p.b))
	if e.IsReplaced() && from.Image != nil && to.Image != nil {
		image := compareImages(*from.Image, *to.Image)
		e.Image = &image
	}
	return e, e.IsReplaced() || e.IsExplained()
}

func onlyOn(e plan.InspectedEntry) EntryDifference {
	return EntryDifference{Kind: e.Kind, Platform: e.Platform}
}

func entryOf(e plan.InspectedEntry) *Entry {
	entry := &Entry{Descriptor: e.Descriptor, Missing: e.Missing, Image: e.Image}
	if e.Flaw != nil {
		entry.Flaw = e.Flaw.Error()
	}
	return entry
}

// attachedTo are the attestations and companions of an image.
func attachedTo(entries []plan.InspectedEntry, image int) []plan.InspectedEntry {
	var attached []plan.InspectedEntry
	for _, e := range entries {
		if e.IsAttached() && e.Subject == entries[image].Descriptor.Digest {
			attached = append(attached, e)
		}
	}
	return attached
}

// attachedChanges are what only one of two lists has.
func attachedChanges(a, b []plan.InspectedEntry) []Attached {
	var changes []Attached
	add := func(from, without []plan.InspectedEntry, isNew bool) {
		for _, e := range from {
			if !slices.ContainsFunc(without, func(o plan.InspectedEntry) bool { return o.Descriptor.Digest == e.Descriptor.Digest }) {
				changes = append(changes, Attached{e.Kind, e.Descriptor.Digest, e.ArtifactType(), isNew})
			}
		}
	}
	add(a, b, false)
	add(b, a, true)
	return changes
}

// descriptorChanges compares the descriptors of a pair without their digests and sizes. An image that no index lists
// has no descriptor to compare.
func descriptorChanges(a, b index.Entry) []Change {
	if bothSingle(a, b) {
		return nil
	}
	changes := textChange("mediaType", string(a.Descriptor.MediaType), string(b.Descriptor.MediaType))
	if a.Raw == nil || b.Raw == nil {
		return changes
	}
	changes = append(changes, platformChange(a.Descriptor.Platform, b.Descriptor.Platform)...)
	changes = append(changes, mapChanges("annotation", a.Descriptor.Annotations, b.Descriptor.Annotations)...)
	return append(changes, otherFields(a.Raw, b.Raw, "mediaType", "digest", "size", "platform", "annotations")...)
}

func platformChange(a, b *v1.Platform) []Change {
	text := func(p *v1.Platform) string {
		if p == nil {
			return ""
		}
		return index.PlatformText(*p)
	}
	return textChange("platform", text(a), text(b))
}
