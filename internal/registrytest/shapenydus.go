package registrytest

import (
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The names of nydus images (containerd/nydus-snapshotter, pkg/converter/constant.go; goharbor/acceleration-service,
// pkg/driver/nydus/nydus.go).
const (
	nydusFeature      = "nydus.remoteimage.v1"
	nydusArtifactType = "application/vnd.nydus.image.manifest.v1+json"
	nydusBlobType     = types.MediaType("application/vnd.oci.image.layer.nydus.blob.v1")
	nydusBlob         = "containerd.io/snapshot/nydus-blob"
	nydusBootstrap    = "containerd.io/snapshot/nydus-bootstrap"
	nydusFSVersion    = "containerd.io/snapshot/nydus-fs-version"
	nydusSourceDigest = "containerd.io/snapshot/nydus-source-digest"
	nydusSourceName   = "containerd.io/snapshot/nydus-source-reference"
)

// nydusShape is an index that earlier versions of "nydusify convert --merge-platform" write: the image, then its
// nydus image with an OS feature in the descriptor (goharbor/acceleration-service, pkg/driver/nydus/nydus.go,
// makeManifestIndex). The index has no mediaType.
func nydusShape() Artifact {
	image := Image{}.Build()
	nydus := nydusImage(image)
	nydus.Platform.OSFeatures = []string{nydusFeature}
	return compose(v1.IndexManifest{}, image, nydus)
}

// nydusArtifactShape is the later form of [nydusShape]: an artifactType in the descriptor instead of the OS
// feature (dragonflyoss/nydus, contrib/nydusify/examples/manifest/index.json).
func nydusArtifactShape() Artifact {
	image := Image{}.Build()
	nydus := nydusImage(image)
	nydus.ArtifactType = nydusArtifactType
	return compose(v1.IndexManifest{}, image, nydus)
}

// nydusImage has the config of the image with other diff_ids, a data blob, and last a layer with the metadata of
// the file system.
func nydusImage(image Artifact) Artifact {
	data := []byte("nydus data of " + image.Digest + "\n")
	bootstrap, diffID := layer("image/image.boot", []byte("nydus metadata of "+image.Digest+"\n"))
	var m v1.Manifest
	must(json.Unmarshal(image.Manifest, &m))
	var config v1.ConfigFile
	must(json.Unmarshal(image.Blobs[m.Config.Digest.String()], &config))
	config.RootFS.DiffIDs = []v1.Hash{hashOf(data), diffID}
	a := manifestOf{
		config: content{mediaType: types.OCIConfigJSON, data: mustJSON(config)},
		layers: []content{
			{mediaType: nydusBlobType, data: data, annotations: map[string]string{nydusBlob: "true"}},
			{mediaType: types.OCILayer, data: bootstrap, annotations: map[string]string{
				nydusBootstrap: "true", nydusFSVersion: "6",
			}},
		},
		annotations: map[string]string{
			nydusSourceDigest: image.Digest,
			nydusSourceName:   "registry.example.com/app:latest",
			nydusFSVersion:    "6",
		},
	}.build()
	a.Platform = image.Platform
	return a
}
