package registrytest

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A content is the blob of a config or layer with the fields of its descriptor.
type content struct {
	mediaType   types.MediaType
	data        []byte
	annotations map[string]string
	embedded    bool // repeats the data in the descriptor
}

// emptyConfig is the config of an artifact that needs none (image-spec, manifest.md, "Guidance for an Empty
// Descriptor"). BuildKit, buildah and oras embed its data.
var emptyConfig = content{mediaType: types.OCIEmptyJSON, data: []byte("{}"), embedded: true}

// A manifestOf describes an OCI manifest to make: an artifact, or an image of unusual form.
type manifestOf struct {
	artifactType string
	config       content
	layers       []content
	annotations  map[string]string
	subject      *v1.Descriptor
	untyped      bool // leaves mediaType out of the manifest
}

// build makes the manifest with its blobs. The caller adds the fields of its descriptor.
func (m manifestOf) build() Artifact {
	a := Artifact{MediaType: string(types.OCIManifestSchema1), Blobs: map[string][]byte{}}
	mediaType := types.OCIManifestSchema1
	if m.untyped {
		mediaType = ""
	}
	layers := []v1.Descriptor{}
	for _, layer := range m.layers {
		layers = append(layers, a.addContent(layer))
	}
	a.setManifest(v1.Manifest{
		SchemaVersion: 2,
		MediaType:     mediaType,
		ArtifactType:  m.artifactType,
		Config:        a.addContent(m.config),
		Layers:        layers,
		Annotations:   m.annotations,
		Subject:       m.subject,
	})
	return a
}

func (a *Artifact) addContent(c content) v1.Descriptor {
	d := a.addBlob(c.mediaType, c.data)
	d.Annotations = c.annotations
	if c.embedded {
		d.Data = c.data
	}
	return d
}
