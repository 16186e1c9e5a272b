package registrytest

import (
	"cmp"
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

	// Platform, Annotations and ArtifactType are for the descriptor in an index.
	Platform     v1.Platform
	Annotations  map[string]string
	ArtifactType string
}

// Index makes an index, or with docker a manifest list. A child without platform gets none.
func Index(docker bool, children ...Artifact) Artifact {
	mediaType := types.OCIImageIndex
	if docker {
		mediaType = types.DockerManifestList
	}
	return compose(v1.IndexManifest{MediaType: mediaType}, children...)
}

// compose adds the descriptors of its children to an index. An index without mediaType is an OCI index.
func compose(index v1.IndexManifest, children ...Artifact) Artifact {
	a := Artifact{MediaType: string(cmp.Or(index.MediaType, types.OCIImageIndex)), Children: children}
	index.SchemaVersion = 2
	index.Manifests = []v1.Descriptor{}
	for _, child := range children {
		index.Manifests = append(index.Manifests, child.descriptor())
	}
	a.setManifest(index)
	return a
}

// descriptor describes the artifact to an index.
func (a Artifact) descriptor() v1.Descriptor {
	d := describe(types.MediaType(a.MediaType), a.Manifest)
	d.Annotations, d.ArtifactType = a.Annotations, a.ArtifactType
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
