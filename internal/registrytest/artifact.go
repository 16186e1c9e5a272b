package registrytest

import (
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// An Artifact is an image or index with everything that belongs to it.
type Artifact struct {
	MediaType string
	Manifest  []byte
	Digest    string            // of Manifest
	Blobs     map[string][]byte // by digest, without those of Children
	Children  []Artifact        // of an index

	// Platform and Annotations are for the descriptor in an index.
	Platform    v1.Platform
	Annotations map[string]string
}

// Index makes an index, or with docker a manifest list. A child without platform gets none.
func Index(docker bool, children ...Artifact) Artifact {
	a := Artifact{MediaType: string(types.OCIImageIndex), Children: children}
	if docker {
		a.MediaType = string(types.DockerManifestList)
	}
	manifests := []v1.Descriptor{}
	for _, child := range children {
		manifests = append(manifests, child.descriptor())
	}
	a.setManifest(v1.IndexManifest{
		SchemaVersion: 2,
		MediaType:     types.MediaType(a.MediaType),
		Manifests:     manifests,
	})
	return a
}

// descriptor describes the artifact to an index.
func (a Artifact) descriptor() v1.Descriptor {
	d := describe(types.MediaType(a.MediaType), a.Manifest)
	d.Annotations = a.Annotations
	if !a.Platform.Equals(v1.Platform{}) {
		d.Platform = a.Platform.DeepCopy()
	}
	return d
}

func (a *Artifact) setManifest(v any) {
	a.Manifest = mustJSON(v)
	a.Digest = digestOf(a.Manifest)
}

// addBlob adds a blob and describes it to a manifest.
func (a *Artifact) addBlob(mediaType types.MediaType, blob []byte) v1.Descriptor {
	d := describe(mediaType, blob)
	a.Blobs[d.Digest.String()] = blob
	return d
}

func describe(mediaType types.MediaType, content []byte) v1.Descriptor {
	return v1.Descriptor{MediaType: mediaType, Digest: hashOf(content), Size: int64(len(content))}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	must(err)
	return b
}
