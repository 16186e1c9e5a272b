package registrytest

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// annotatedShape is an index with the optional fields of an index but subject, and with the optional fields of
// descriptors (image-spec v1.1, image-index.md and descriptor.md). One descriptor has a field that the image-spec
// does not know: readers ignore unknown fields (image-spec, considerations.md, "Extensibility").
func annotatedShape() Artifact {
	amd64, arm64 := Image{}.Build(), Image{Architecture: "arm64"}.Build()
	amd64.Annotations = map[string]string{"org.example.build": "42", "org.opencontainers.image.ref.name": "amd64"}
	note := manifestOf{
		artifactType: "application/vnd.example.note",
		config:       emptyConfig,
		layers:       []content{{mediaType: "text/plain", data: []byte("note\n")}},
	}.build()
	note.ArtifactType = "application/vnd.example.note"
	note.Annotations = map[string]string{"org.example.note": "about all platforms"}

	a := Artifact{MediaType: string(types.OCIImageIndex), Children: []Artifact{amd64, arm64, note}}
	entries := make([]annotatedEntry, len(a.Children))
	for n, child := range a.Children {
		entries[n].Descriptor = child.descriptor()
	}
	entries[0].URLs = []string{"https://example.com/app?platform=amd64&copy=1"}
	entries[1].Reserved = map[string]any{"level": 1, "words": []string{"a", "b"}}
	entries[2].Data = note.Manifest
	a.setManifest(annotatedIndex{
		SchemaVersion: 2,
		MediaType:     types.OCIImageIndex,
		ArtifactType:  "application/vnd.example.app",
		Manifests:     entries,
		Annotations: map[string]string{
			"org.opencontainers.image.source": "https://example.com/app",
			versionAnnotation:                 "1.2.3",
		},
	})
	return a
}

// An annotatedIndex is an index whose descriptors may have an unknown field.
type annotatedIndex struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     types.MediaType   `json:"mediaType"`
	ArtifactType  string            `json:"artifactType"`
	Manifests     []annotatedEntry  `json:"manifests"`
	Annotations   map[string]string `json:"annotations"`
}

// An annotatedEntry is a descriptor with a field that the image-spec does not know.
type annotatedEntry struct {
	v1.Descriptor
	Reserved map[string]any `json:"org.example.reserved,omitempty"`
}
