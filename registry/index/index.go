package index

import (
	"bytes"
	"encoding/json"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
	"github.com/manifest-tool/manifest-tool/registry"
)

// An Index is a multi-platform index as a value. What is not changed keeps its bytes: the entries, and
// the other fields of the index.
type Index struct {
	MediaType types.MediaType
	Entries   []Entry
	Changes   []Change
	fields    object
	modified  bool
}

// Modified reports whether the index has changed since it was parsed, including changes without a [Change].
func (x Index) Modified() bool { return x.modified }

// New is an index without entries.
func New(mediaType types.MediaType) Index {
	x := Index{MediaType: mediaType, fields: object{values: map[string]json.RawMessage{}}}
	for _, field := range []struct {
		key   string
		value any
	}{{"schemaVersion", 2}, {"mediaType", mediaType}, {"manifests", []v1.Descriptor{}}} {
		x.fields.mustSet(field.key, field.value)
	}
	return x
}

// Parse reads an index. Its bytes are those of a manifest that was identified: see [registry.Identify].
func Parse(m registry.Manifest) (Index, error) {
	x := Index{MediaType: m.MediaType}
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return x, err
	}
	if x.fields, err = parseObject(m.Bytes); err != nil {
		return x, err
	}
	raw := slices.Collect(rawjson.Elements(x.fields.values["manifests"]))
	if len(raw) != len(doc.Manifests) {
		return x, registry.Errorf(registry.ErrUnverified, "%s is not a valid index", m.Digest)
	}
	x.Entries = classify(doc.Manifests)
	for i := range raw {
		x.Entries[i].Raw = slices.Clone(raw[i]) // an entry may outlive its index
		x.Entries[i].Descriptor.Data = nil      // Raw holds it
	}
	return x, nil
}

// Manifest is the index with the entries that it has now.
func (x Index) Manifest() (registry.Manifest, error) {
	raw := make([][]byte, len(x.Entries))
	for i, e := range x.Entries {
		raw[i] = e.Raw
	}
	if _, ok := x.fields.values["manifests"]; !ok {
		x.fields.keys = append(x.fields.keys, "manifests")
	}
	x.fields.values["manifests"] = slices.Concat([]byte{'['}, bytes.Join(raw, []byte{','}), []byte{']'})
	return newManifest(x.MediaType, x.fields.bytes())
}

// SetType makes an index of another format. The entries stay as they are. A Docker list has no place for annotations
// and for entries without a platform.
func (x *Index) SetType(mediaType types.MediaType) error {
	if x.MediaType == mediaType {
		return nil
	}
	if mediaType == types.DockerManifestList {
		for _, e := range x.Entries {
			if !e.IsAttached() && (!e.HasPlatform() || len(e.Descriptor.Annotations) > 0) {
				return registry.Errorf(registry.ErrInvalid, "%s has annotations or no platform: a Docker list cannot hold the entry", e.Descriptor.Digest)
			}
		}
		for _, key := range []string{"annotations", "artifactType", "subject"} {
			if _, ok := x.fields.values[key]; ok {
				return registry.Errorf(registry.ErrInvalid, "the index has the field %s, which a Docker list cannot hold", key)
			}
		}
	}
	x.MediaType = mediaType
	x.changed("type", v1.Platform{}, v1.Hash{}, v1.Hash{})
	return x.fields.set("mediaType", mediaType)
}

// MarkOrigins gives each group a source of its own, so that [Duplicates] finds duplicates of later changes only,
// not those that the index has already.
func (x *Index) MarkOrigins() {
	for i := range x.Entries {
		if e := &x.Entries[i]; e.InGroup() {
			first := group(x.Entries, e.Platform)[0]
			e.Origin.Source = x.Entries[first].Platform.String()
		}
	}
}

// NewReferrer is the entry that lists a referrer, as the distribution-spec asks ("Pushing Manifests with
// Subject").
func NewReferrer(m registry.Manifest) (Entry, error) {
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return Entry{}, err
	}
	d := m.Descriptor()
	d.Annotations, d.ArtifactType = doc.Annotations, doc.ArtifactType
	if d.ArtifactType == "" && doc.Config != nil {
		d.ArtifactType = string(doc.Config.MediaType)
	}
	e := NewEntry(d)
	o, err := descriptorObject(d, nil)
	if err != nil {
		return Entry{}, err
	}
	o, _ = o.only(descriptorKeys)
	e.Raw = o.bytes()
	return e, nil
}
