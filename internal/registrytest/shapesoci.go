package registrytest

import (
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The names of SOCI index manifest v2 (awslabs/soci-snapshotter, soci/soci_index.go).
const (
	sociIndexType        = "application/vnd.amazon.soci.index.v2+json"
	sociImageManifest    = "com.amazon.soci.image-manifest-digest" // of a SOCI index's descriptor
	sociIndexDigest      = "com.amazon.soci.index-digest"          // of an image's manifest and descriptor
	sociBuildTool        = "com.amazon.soci.build-tool-identifier"
	sociLayerDigest      = "com.amazon.soci.image-layer-digest"
	sociLayerType        = "com.amazon.soci.image-layer-mediaType"
	sociSpanSize         = "com.amazon.soci.span-size"
	sociDefaultSpanSize  = "4194304"
	sociDefaultBuildTool = "AWS SOCI CLI v0.2"
)

// sociShape is an index that "soci convert --all-platforms" writes: the images, then a SOCI index for each
// (awslabs/soci-snapshotter, soci/soci_convert.go, annotateImages and addSociIndexes).
func sociShape() Artifact {
	amd64, amd64Index := sociPair(Image{}.Build())
	arm64, arm64Index := sociPair(Image{Architecture: "arm64"}.Build())
	return Index(false, amd64, arm64, amd64Index, arm64Index)
}

// sociAttestedShape is an index that "soci convert" writes from an image with a BuildKit attestation. The
// conversion gives each descriptor the annotations of its manifest. So the attestation loses its
// vnd.docker.reference annotations, and its statement names the image before the conversion.
func sociAttestedShape() Artifact {
	original := Image{Seed: "attested"}.Build()
	image, index := sociPair(original)
	statement := attestationWithConfig(original)
	statement.Annotations = nil
	return Index(false, image, statement, index)
}

// sociPair makes a SOCI index and the image that names it. A SOCI index of version 2 has no subject; the two
// name each other by annotations.
func sociPair(original Artifact) (image, index Artifact) {
	var m v1.Manifest
	must(json.Unmarshal(original.Manifest, &m))
	index = sociIndex(m)
	index.Platform = original.Platform
	image = original
	m.Annotations = map[string]string{sociIndexDigest: index.Digest}
	image.Annotations = m.Annotations
	image.setManifest(m)
	index.ArtifactType = sociIndexType
	index.Annotations = map[string]string{sociImageManifest: image.Digest}
	return image, index
}

// sociIndex lists a table of contents for each layer. The manifest has no artifactType of its own: its config
// has that type.
func sociIndex(image v1.Manifest) Artifact {
	var tables []content
	for _, layer := range image.Layers {
		tables = append(tables, content{
			mediaType: "application/octet-stream",
			data:      []byte("table of contents of " + layer.Digest.String() + "\n"),
			annotations: map[string]string{
				sociLayerDigest: layer.Digest.String(),
				sociLayerType:   string(layer.MediaType),
				sociSpanSize:    sociDefaultSpanSize,
			},
		})
	}
	return manifestOf{
		config:      content{mediaType: types.MediaType(sociIndexType), data: []byte("{}")},
		layers:      tables,
		annotations: map[string]string{sociBuildTool: sociDefaultBuildTool},
	}.build()
}
