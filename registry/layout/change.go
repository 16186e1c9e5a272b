package layout

import (
	"encoding/json"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	imagespec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// A change sets one name in index.json. Without a name, it lists the manifest.
type change struct {
	name     string
	manifest v1.Descriptor
	// isReferrer says that the manifest has a subject. Its entry without a name stays beside a named one,
	// because Referrers and other tools look for referrers among the entries without a name.
	isReferrer bool
}

// with returns the index after a change, and whether it differs. Other entries keep their bytes and their place.
func (x index) with(c change) (index, bool) {
	var entries []entry
	var changed bool
	if c.name == "" {
		entries, changed = c.list(x.entries)
	} else {
		entries, changed = c.rename(x.entries)
	}
	return index{document: x.document.with("manifests", encodeEntries(entries)), entries: entries}, changed
}

// list adds an entry without a name, unless the manifest has an entry.
func (c change) list(entries []entry) ([]entry, bool) {
	added := newEntry("", c.manifest)
	if slices.ContainsFunc(entries, func(e entry) bool { return e.digest == added.digest }) {
		return entries, false
	}
	return append(slices.Clip(entries), added), true
}

// rename gives the name to the manifest. It replaces the entry with the name in its place. Else the entry of the
// manifest without a name gets the name, else it adds an entry.
func (c change) rename(entries []entry) (renamed []entry, changed bool) {
	added := newEntry(c.name, c.manifest)
	placed := false
	stands := slices.ContainsFunc(entries, func(e entry) bool { return e.name == c.name })
	for _, e := range entries {
		switch {
		case e.name == c.name && placed: // a second entry with the name
			changed = true
		case e.name == c.name && e.isSame(added):
			renamed, placed = append(renamed, e), true
		case e.name == c.name:
			renamed, placed, changed = append(renamed, added), true, true
		case c.isReferrer || !e.isUnnamed() || e.flaw != nil || e.digest != added.digest:
			renamed = append(renamed, e)
		case stands || placed: // a named entry replaces it
			changed = true
		case e.isSame(added):
			renamed, placed, changed = append(renamed, e.named(c.name)), true, true
		default:
			renamed, placed, changed = append(renamed, added), true, true
		}
	}
	if !placed {
		renamed, changed = append(renamed, added), true
	}
	return renamed, changed
}

// isUnnamed reports whether the entry has no name of any tool.
func (e entry) isUnnamed() bool { return e.name == "" && e.imageName == "" }

// isSame reports whether two entries describe the same manifest in the same way.
func (e entry) isSame(other entry) bool {
	return e.flaw == nil && e.digest == other.digest && e.size == other.size && e.mediaType == other.mediaType
}

// named returns an unnamed entry with a name. Other fields, such as the platform, stay.
func (e entry) named(name string) entry {
	descriptor, _ := parseObject(e.raw) // no error: an entry without a flaw is valid
	var annotations map[string]string
	json.Unmarshal(descriptor.get("annotations"), &annotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[imagespec.AnnotationRefName] = name
	return parseEntry(descriptor.with("annotations", registry.MustCompactJSON(annotations)).encode())
}

func newEntry(name string, d v1.Descriptor) entry {
	descriptor := struct {
		MediaType   types.MediaType   `json:"mediaType"`
		Digest      string            `json:"digest"`
		Size        int64             `json:"size"`
		Annotations map[string]string `json:"annotations,omitempty"`
	}{MediaType: d.MediaType, Digest: d.Digest.String(), Size: d.Size}
	if name != "" {
		descriptor.Annotations = map[string]string{imagespec.AnnotationRefName: name}
	}
	return parseEntry(registry.MustCompactJSON(descriptor))
}

func encodeEntries(entries []entry) json.RawMessage {
	list := []byte{'['}
	for i, e := range entries {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, e.raw...)
	}
	return append(list, ']')
}
