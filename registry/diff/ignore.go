package diff

import (
	"slices"

	"github.com/manifest-tool/manifest-tool/registry/index"
)

// Ignorable are the words for what a comparison can ignore: differences between two builds of the same source.
var Ignorable = []string{"annotations", "attestations", "created", "history", "labels", "order"}

// ignoredFields are the fields of an index, a descriptor, a manifest or a config that a word stands for.
var ignoredFields = map[string]string{"annotation": "annotations", "created": "created", "Labels": "labels"}

// Without returns the difference without what is ignored. If nothing else differs, both sides are equivalent.
func (d Difference) Without(ignored []string) Difference {
	if d.Same() || len(ignored) == 0 {
		return d
	}
	wasExplained := d.IsExplained()
	d.Changes = withoutFields(d.Changes, ignored)
	d.Reordered = d.Reordered && !slices.Contains(ignored, "order")
	var left []EntryDifference
	for _, e := range d.Entries {
		if e.withoutIgnored(ignored) {
			d.Unchanged++
			continue
		}
		left = append(left, e)
	}
	d.Entries = left
	d.Equivalent = wasExplained && !d.IsExplained()
	return d
}

// withoutIgnored removes what is ignored from an entry, and reports whether nothing is left of the difference. Images
// that differ in something that is not compared stay different.
func (e *EntryDifference) withoutIgnored(ignored []string) bool {
	explained := e.IsExplained()
	if e.A == nil || e.B == nil || !explained || e.IsReplaced() && e.Image == nil {
		return false
	}
	e.Changes = withoutFields(e.Changes, ignored)
	e.Attached = slices.DeleteFunc(slices.Clone(e.Attached), func(a Attached) bool {
		return a.Kind == index.Attestation && slices.Contains(ignored, "attestations")
	})
	wasCompared := e.Image == nil
	if e.Image != nil {
		image := *e.Image
		wasCompared = !image.IsEmpty()
		image.Manifest, image.Config = withoutFields(image.Manifest, ignored), withoutFields(image.Config, ignored)
		if slices.Contains(ignored, "history") {
			image.History = nil
		}
		e.Image = &image
	}
	return wasCompared && !e.IsExplained()
}

func withoutFields(changes []Change, ignored []string) []Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return slices.Contains(ignored, ignoredFields[c.Field]) })
}
