package plan

import (
	"bytes"
	"encoding/json"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A listing is an index as it is written, for changes that leave all else as it is: each entry keeps its
// bytes, and the index its other fields.
type RawIndex struct {
	mediaType types.MediaType
	whole     object
	Entries   []RawEntry
	changes   []Change
}

// listed is one entry of a listing.
type RawEntry struct {
	v1.Descriptor
	Raw json.RawMessage
	// planned is what has to be in the target for it: itself, behind what an index holds.
	planned []Entry
}

func ParseListing(m registry.Manifest) (RawIndex, error) {
	l := RawIndex{mediaType: m.MediaType}
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return l, err
	}
	if l.whole, err = parseObject(m.Bytes); err != nil {
		return l, err
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(l.whole.values["manifests"], &raw); err != nil || len(raw) != len(doc.Manifests) {
		return l, registry.Errorf(registry.ErrUnverified, "%s is not what an index looks like", m.Digest)
	}
	for i, d := range doc.Manifests {
		l.Entries = append(l.Entries, RawEntry{Descriptor: d, Raw: raw[i]})
	}
	return l, nil
}

// manifest is the index with the entries that it has now.
func (l RawIndex) Manifest() (registry.Manifest, error) {
	raw := make([][]byte, len(l.Entries))
	for i, e := range l.Entries {
		raw[i] = e.Raw
	}
	l.whole.values["manifests"] = slices.Concat([]byte{'['}, bytes.Join(raw, []byte{','}), []byte{']'})
	return newIndex(l.mediaType, l.whole.bytes())
}

func (l *RawIndex) changed(what string, platform v1.Platform, from, to v1.Hash) {
	l.changes = append(l.changes, Change{what, platform, from, to})
}

// annotate adds the annotations of a spec to the index and to its entries.
func (l *RawIndex) annotate(s spec.Spec) error {
	if l.mediaType == types.DockerManifestList && len(s.Annotations)+len(s.ImageAnnotations) > 0 {
		return registry.Errorf(registry.ErrInvalid, "it is a Docker list, which cannot hold annotations")
	}
	changed, err := l.whole.annotate(s.Annotations)
	if err != nil {
		return err
	}
	if changed {
		l.changed("annotated", v1.Platform{}, v1.Hash{}, v1.Hash{})
	}
	for _, a := range s.ImageAnnotations {
		fits := 0
		for i := range l.Entries {
			e := &l.Entries[i]
			if !e.isImage() || !spec.Matches(a.Platform, e.platform()) {
				continue
			}
			fits++
			changed, err := e.annotate(a)
			if err != nil {
				return err
			}
			if changed {
				l.changed("annotated", e.platform(), e.Digest, e.Digest)
			}
		}
		if fits == 0 {
			return registry.Errorf(registry.ErrInvalid, "annotation %q: there is no image for %s", a.Key, Describe(a.Platform))
		}
	}
	return nil
}

func (e RawEntry) isImage() bool {
	_, isAttestation := Attests(e.Descriptor)
	return !isAttestation && e.MediaType.IsImage()
}

// platform is that of the index, or else of the config.
func (e RawEntry) platform() v1.Platform { return e.planned[len(e.planned)-1].Platform }

// set changes one field of an entry.
func (e *RawEntry) set(key string, value any) error {
	o, err := parseObject(e.Raw)
	if err == nil {
		err = o.set(key, value)
	}
	e.Raw = o.bytes()
	return err
}

func (e *RawEntry) annotate(a spec.ImageAnnotation) (changed bool, err error) {
	o, err := parseObject(e.Raw)
	if err == nil {
		changed, err = o.annotate(map[string]string{a.Key: a.Value})
	}
	if changed {
		e.Raw = o.bytes()
	}
	return changed, err
}

// AddReferrer adds a referrer to a list, described as the distribution spec wants it.
func (l *RawIndex) AddReferrer(m registry.Manifest) error {
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return err
	}
	d := referrerJSON{m.MediaType, m.Digest, int64(len(m.Bytes)), doc.Annotations, doc.ArtifactType}
	if d.ArtifactType == "" && doc.Config != nil {
		d.ArtifactType = string(doc.Config.MediaType)
	}
	raw, err := CompactJSON(d)
	l.Entries = append(l.Entries, RawEntry{Descriptor: m.Descriptor(), Raw: raw})
	return err
}

type referrerJSON struct {
	MediaType    types.MediaType   `json:"mediaType"`
	Digest       v1.Hash           `json:"digest"`
	Size         int64             `json:"size"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	ArtifactType string            `json:"artifactType,omitempty"`
}
