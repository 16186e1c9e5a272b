package attest

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// The form in which BuildKit stores an attestation as an OCI artifact (docs/attestations/attestation-storage.md, and
// image-spec, "Guidelines for Artifact Usage").
const (
	// ArtifactType is that of the manifest.
	ArtifactType = "application/vnd.docker.attestation.manifest.v1+json"
	// LayerType is that of a layer that is a statement.
	LayerType = types.MediaType("application/vnd.in-toto+json")
	// PredicateTypeKey is the annotation of such a layer with the type of its predicate.
	PredicateTypeKey = "in-toto.io/predicate-type"
)

// A Referrer is a manifest that refers to an index, and the blobs that it needs.
type Referrer struct {
	Manifest registry.Manifest
	// Blobs are the config and the layer. Contents are their bytes.
	Blobs    []v1.Descriptor
	Contents [][]byte
}

// emptyConfig is the config of an artifact without one (image-spec, "Guidance for an Empty Descriptor").
var emptyConfig = []byte("{}")

// A manifest has the keys of the image-spec in their order.
type manifest struct {
	SchemaVersion int             `json:"schemaVersion"`
	MediaType     types.MediaType `json:"mediaType"`
	ArtifactType  string          `json:"artifactType"`
	Config        blob            `json:"config"`
	Layers        []blob          `json:"layers"`
	Subject       blob            `json:"subject"`
}

type blob struct {
	MediaType   types.MediaType   `json:"mediaType"`
	Digest      v1.Hash           `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Data        []byte            `json:"data,omitempty"`
}

// NewReferrer makes the manifest that attaches a statement to a subject.
func NewReferrer(subject v1.Descriptor, statement []byte) (Referrer, error) {
	config := blob{MediaType: types.OCIEmptyJSON, Digest: registry.DigestOf(emptyConfig), Size: int64(len(emptyConfig)), Data: emptyConfig}
	layer := blob{MediaType: LayerType, Digest: registry.DigestOf(statement), Size: int64(len(statement)), Annotations: map[string]string{PredicateTypeKey: PredicateType}}
	raw, err := registry.CompactJSON(manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: ArtifactType, Config: config, Layers: []blob{layer},
		Subject: blob{MediaType: subject.MediaType, Digest: subject.Digest, Size: subject.Size},
	})
	return Referrer{
		Manifest: registry.NewManifest(types.OCIManifestSchema1, raw),
		Blobs:    []v1.Descriptor{config.descriptor(), layer.descriptor()},
		Contents: [][]byte{emptyConfig, statement},
	}, err
}

func (b blob) descriptor() v1.Descriptor {
	return v1.Descriptor{MediaType: b.MediaType, Digest: b.Digest, Size: b.Size, Annotations: b.Annotations}
}

// Statement is the statement that the manifest attaches.
func (r Referrer) Statement() []byte { return r.Contents[len(r.Contents)-1] }
