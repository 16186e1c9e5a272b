package diff

import (
	"fmt"
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
	var m matcher
	freeA, freeB := free(a), free(b)
	partner := map[int]int{} // of the entries of B
	taken := map[int]bool{}  // entries of A
	for _, key := range []func(index.Entry) string{m.image, digestKey, singleKey, m.alike, m.kind} {
		waiting := map[string][]int{}
		for _, k := range freeA {
			if text := key(a[k].Entry); text != "" && !taken[k] {
				waiting[text] = append(waiting[text], k)
			}
		}
		for _, i := range freeB {
			text := key(b[i].Entry)
			if _, ok := partner[i]; ok || len(waiting[text]) == 0 {
				continue
			}
			k := waiting[text][0]
			waiting[text], partner[i], taken[k] = waiting[text][1:], k, true
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

// A matcher gives entries keys. Two entries with the same key belong together; the empty key belongs to none.
type matcher struct {
	groups []v1.Platform  // one platform of each group
	known  map[string]int // the groups of platforms by their text
}

// group is the number of the group of a platform.
func (m *matcher) group(p v1.Platform) int {
	text := p.String()
	if at, ok := m.known[text]; ok {
		return at
	}
	at := slices.IndexFunc(m.groups, func(o v1.Platform) bool { return index.SameGroup(o, p) })
	if at < 0 {
		at, m.groups = len(m.groups), append(m.groups, p)
	}
	if m.known == nil {
		m.known = map[string]int{}
	}
	m.known[text] = at
	return at
}

// image is the key of a manifest for a platform.
func (m *matcher) image(e index.Entry) string {
	return fmt.Sprintf("%s %d", e.Descriptor.Digest, m.group(e.Platform))
}

// alike is the key of entries of one platform that nothing distinguishes.
func (m *matcher) alike(e index.Entry) string {
	if !e.InGroup() {
		return ""
	}
	return fmt.Sprintf("%d %s", m.group(e.Platform), e.Marks())
}

// kind is the key of entries of one kind and platform.
func (m *matcher) kind(e index.Entry) string {
	if !e.InGroup() {
		return ""
	}
	return fmt.Sprintf("%d %s", m.group(e.Platform), e.Kind)
}

func digestKey(e index.Entry) string { return e.Descriptor.Digest.String() }

// singleKey is the key of an image that no index lists: the user compares one such image with another, whatever their
// platforms are.
func singleKey(e index.Entry) string {
	if e.Raw == nil {
		return "single"
	}
	return ""
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
	if a.Raw == nil && b.Raw == nil {
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
