package diff

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// A Difference is what differs between A and B.
type Difference struct {
	A, B      Root
	Changes   []Change // of the index, or of the manifest of a single image
	Entries   []EntryDifference
	Unchanged int  // entries that are the same, with all that belongs to them
	Reordered bool // entries that both sides have are in another order
	// Equivalent: the digests differ, but only in what [Difference.Without] ignored.
	Equivalent bool
}

// A Root is the index or the single image of one side.
type Root struct {
	Name       string
	Exists     bool
	Descriptor v1.Descriptor
	IsIndex    bool
	Entries    int
}

// A Change is a field that differs. From is nil for a field that A lacks, To for one that B lacks.
type Change struct {
	Field    string
	Name     string // of an annotation, a label, a variable, a port or a volume
	From, To *string
}

// An EntryDifference is an entry that only one side has, or a pair of entries that differ.
type EntryDifference struct {
	Kind     index.Kind
	Platform v1.Platform // the zero platform for an entry without one
	A, B     *Entry      // nil where the side has no such entry
	Changes  []Change    // of the descriptors
	Image    *ImageDifference
	Attached []Attached // that only one of the images has
}

// An Entry is an entry on one side.
type Entry struct {
	Descriptor v1.Descriptor
	Missing    bool
	Flaw       string // why the image was not compared
	Image      *plan.ImageDetails
}

// Attached is an attestation or a companion that only one image of a pair has.
type Attached struct {
	Kind   index.Kind
	Digest v1.Hash
	Type   string
	IsNew  bool // B has it
}

// Same reports whether both sides have the same digest.
func (d Difference) Same() bool {
	return d.A.Exists == d.B.Exists && d.A.Descriptor.Digest == d.B.Descriptor.Digest
}

// IsExplained reports whether a field, an entry or the order differs. Two sides may also differ in their white space,
// and in the order of the keys of a JSON object.
func (d Difference) IsExplained() bool {
	return len(d.Changes)+len(d.Entries) > 0 || d.Reordered || !d.A.Exists || !d.B.Exists
}

// IsReplaced reports whether the sides have two manifests for one entry.
func (e EntryDifference) IsReplaced() bool {
	return e.A != nil && e.B != nil && e.A.Descriptor.Digest != e.B.Descriptor.Digest
}

// IsExplained reports whether a field of a pair differs, or what belongs to the pair.
func (e EntryDifference) IsExplained() bool {
	return len(e.Changes)+len(e.Attached) > 0 || e.Image != nil && !e.Image.IsEmpty()
}

// Compare compares two images or indexes. A side whose manifest has no bytes does not exist.
func Compare(a, b plan.Inspection) Difference {
	d := Difference{A: rootOf(a), B: rootOf(b)}
	if d.Same() {
		d.Unchanged = d.A.Entries
		return d
	}
	if d.A.Exists && d.B.Exists {
		d.Changes = rootChanges(a, b)
	}
	entriesA, entriesB := entriesOf(a), entriesOf(b)
	pairs := pairUp(entriesA, entriesB)
	for _, p := range pairs {
		e, differs := p.compare(entriesA, entriesB)
		isRoot := a.Image != nil && b.Image != nil && len(d.Changes) > 0 // what differs is said of the root already
		switch {
		case !differs:
			d.Unchanged++
		case e.IsExplained() || !isRoot:
			d.Entries = append(d.Entries, e)
		}
	}
	d.Reordered = reordered(pairs)
	return d
}

func rootOf(i plan.Inspection) Root {
	r := Root{
		Name: i.Reference.String(), Exists: len(i.Manifest.Bytes) > 0, Descriptor: i.Manifest.Descriptor(),
		IsIndex: i.Manifest.MediaType.IsIndex(), Entries: len(i.Entries),
	}
	if r.Exists && !r.IsIndex {
		r.Entries = 1
	}
	return r
}

// rootChanges compares the fields of two indexes, or of the manifests of two single images. An index and an image have
// only the media type in common.
func rootChanges(a, b plan.Inspection) []Change {
	changes := textChange("mediaType", string(a.Manifest.MediaType), string(b.Manifest.MediaType))
	if a.Manifest.MediaType.IsIndex() != b.Manifest.MediaType.IsIndex() {
		return changes
	}
	changes = append(changes, mapChanges("annotation", a.Annotations, b.Annotations)...)
	return append(changes, otherFields(a.Manifest.Bytes, b.Manifest.Bytes, "mediaType", "annotations", "manifests", "config", "layers")...)
}

// entriesOf are the entries of an index. A single image is its own entry; its annotations are compared with the root.
func entriesOf(i plan.Inspection) []plan.InspectedEntry {
	if i.Image == nil {
		return i.Entries
	}
	image := *i.Image
	image.Annotations = nil
	e := plan.InspectedEntry{Entry: index.NewEntry(i.Manifest.Descriptor()), Image: &image}
	e.Platform = index.Known(&image.Platform)
	return []plan.InspectedEntry{e}
}

// reordered reports whether entries that both sides have are in another order.
func reordered(pairs []pair) bool {
	var places []int
	for _, p := range pairs {
		if p.a >= 0 && p.b >= 0 {
			places = append(places, p.a)
		}
	}
	return !slices.IsSorted(places) // pairs are in the order of B
}
