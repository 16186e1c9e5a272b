package registrytest

import (
	"encoding/json"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A manifest is what was put, and what it refers to.
type manifest struct {
	mediaType types.MediaType
	raw       []byte
	blobs     []v1.Descriptor // the config and layers that have to be there
	children  []v1.Descriptor // the manifests of an index

	subject      *v1.Descriptor // what it refers to, which need not be there
	artifactType string
	annotations  map[string]string
}

// parseManifest reads an image manifest or index of the type that its Content-Type says (image-spec
// v1.1, manifest.md and image-index.md; Docker's schema 2).
func parseManifest(contentType string, raw []byte) (manifest, error) {
	mediaType := types.MediaType(contentType)
	if !mediaType.IsImage() && !mediaType.IsIndex() {
		return manifest{}, errManifestInvalid.because("not a type of manifest: " + contentType)
	}
	var body struct {
		SchemaVersion int              `json:"schemaVersion"`
		MediaType     types.MediaType  `json:"mediaType"`
		Config        *v1.Descriptor   `json:"config"`
		Layers        *[]v1.Descriptor `json:"layers"`
		Manifests     *[]v1.Descriptor `json:"manifests"`

		Subject      *v1.Descriptor    `json:"subject"`
		ArtifactType string            `json:"artifactType"`
		Annotations  map[string]string `json:"annotations"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return manifest{}, errManifestInvalid.because(err.Error())
	}
	if err := typeMatches(mediaType, body.MediaType); err != nil {
		return manifest{}, err
	}
	if body.SchemaVersion != 2 {
		return manifest{}, errManifestInvalid.because("schemaVersion is not 2")
	}
	m := manifest{mediaType: mediaType, raw: raw, subject: body.Subject, artifactType: body.ArtifactType, annotations: body.Annotations}
	if m.artifactType == "" && body.Config != nil {
		m.artifactType = string(body.Config.MediaType)
	}
	// A body that can be read as an image and as an index is neither (CVE-2021-41190).
	if mediaType.IsIndex() {
		if body.Manifests == nil || body.Config != nil || body.Layers != nil {
			return manifest{}, errManifestInvalid.because("an index has manifests, and neither config nor layers")
		}
		m.children = *body.Manifests
	} else {
		if body.Config == nil || body.Layers == nil || body.Manifests != nil {
			return manifest{}, errManifestInvalid.because("an image has config and layers, and no manifests")
		}
		m.blobs = requiredBlobs(*body.Config, *body.Layers)
	}
	for _, d := range slices.Concat(m.blobs, m.children) {
		if d.MediaType == "" || d.Digest == (v1.Hash{}) {
			return manifest{}, errManifestInvalid.because("a descriptor has a mediaType and a digest")
		}
	}
	return m, nil
}

// typeMatches compares the Content-Type with the body, which need not name its type if it is of OCI's.
func typeMatches(contentType, inBody types.MediaType) error {
	docker := contentType == types.DockerManifestSchema2 || contentType == types.DockerManifestList
	if inBody == contentType || inBody == "" && !docker {
		return nil
	}
	return errManifestInvalid.because("Content-Type and mediaType differ").
		about(map[string]types.MediaType{"Content-Type": contentType, "mediaType": inBody})
}

// requiredBlobs leaves out the layers that are not to be distributed, if they say where else they
// are (image-spec, "Non-Distributable Layers").
func requiredBlobs(config v1.Descriptor, layers []v1.Descriptor) []v1.Descriptor {
	blobs := []v1.Descriptor{config}
	for _, layer := range layers {
		if layer.MediaType.IsDistributable() || len(layer.URLs) == 0 {
			blobs = append(blobs, layer)
		}
	}
	return blobs
}
