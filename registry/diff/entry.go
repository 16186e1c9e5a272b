package diff

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

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
