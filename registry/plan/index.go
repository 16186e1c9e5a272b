package plan

import (
	"bytes"
	"encoding/json"
	"maps"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/manifest-tool/manifest-tool/registry"
)

// The two structs below are written as they stand: compact, with the keys in the order of the
// image-spec's Go types. Changing them changes the digest of everything that users push.
type indexJSON struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     types.MediaType   `json:"mediaType"`
	Manifests     []descriptorJSON  `json:"manifests"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

type descriptorJSON struct {
	MediaType    types.MediaType   `json:"mediaType"`
	Digest       v1.Hash           `json:"digest"`
	Size         int64             `json:"size"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	Platform     v1.Platform       `json:"platform"`
	ArtifactType string            `json:"artifactType,omitempty"`
}

// unknownPlatform is what BuildKit writes for an attestation, so that no client runs it.
var unknownPlatform = v1.Platform{OS: "unknown", Architecture: "unknown"}

// index makes the bytes of the index. Map keys are sorted by encoding/json, so the same plan always
// gives the same bytes.
func (p *planner) index() (registry.Manifest, error) {
	mediaType := p.resultType()
	index := indexJSON{SchemaVersion: 2, MediaType: mediaType, Annotations: p.spec.Annotations}
	for i := range p.plan.Entries {
		index.Manifests = append(index.Manifests, p.descriptor(i, mediaType))
	}
	raw, err := CompactJSON(index)
	if err != nil {
		return registry.Manifest{}, err
	}
	return newIndex(mediaType, raw)
}

// descriptor is an entry of an index of some type.
func (p *planner) descriptor(i int, mediaType types.MediaType) descriptorJSON {
	e := p.plan.Entries[i]
	d := descriptorJSON{
		MediaType: e.Descriptor.MediaType,
		Digest:    e.Descriptor.Digest,
		Size:      e.Descriptor.Size,
		Platform:  e.Platform,
	}
	switch {
	case e.Attestation:
		// without its annotations an attestation is nothing, so it keeps them in a Docker list too
		d.Platform, d.Annotations = unknownPlatform, e.Descriptor.Annotations
		if mediaType == types.OCIImageIndex {
			d.ArtifactType = e.Descriptor.ArtifactType
		}
	case mediaType == types.OCIImageIndex:
		d.Annotations = merge(e.Descriptor.Annotations, p.given[i])
		if len(d.Platform.Features) > 0 {
			p.note("%s: the features %q are left out: an OCI index has no place for them", e.Source, d.Platform.Features)
			d.Platform.Features = nil
		}
	case len(e.Descriptor.Annotations) > 0:
		p.note("%s: its annotations are left out: a Docker list has no place for them", e.Source)
	}
	return d
}

// newIndex is an index that registries take.
func newIndex(mediaType types.MediaType, raw []byte) (registry.Manifest, error) {
	if len(raw) > registry.MaxManifest {
		return registry.Manifest{}, registry.Errorf(registry.ErrInvalid, "the index has %d bytes, more than the %d MiB that registries take", len(raw), registry.MaxManifest>>20)
	}
	return registry.NewManifest(mediaType, raw), nil
}

func merge(a, b map[string]string) map[string]string {
	if len(a) == 0 {
		return b
	}
	a = maps.Clone(a)
	maps.Copy(a, b)
	return a
}

// compactJSON is json.Marshal without its escaping of <, > and &.
func CompactJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
