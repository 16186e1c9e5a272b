package registrytest

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// levelsShape is an index that "docker buildx build --platform linux/amd64,linux/amd64/v2,linux/amd64/v3,linux/arm64"
// writes: the images, then their attestations in the same order (moby/buildkit, exporter/containerimage/writer.go).
// BuildKit writes amd64/v1 and arm64/v8 without variant.
func levelsShape() Artifact {
	images := []Artifact{
		Image{}.Build(),
		Image{Variant: "v2"}.Build(),
		Image{Variant: "v3"}.Build(),
		Image{Architecture: "arm64"}.Build(),
	}
	children := slices.Clone(images)
	for _, image := range images {
		children = append(children, attestation(image))
	}
	return Index(false, children...)
}

// hostProcessShape is an index of Windows images: two with the os.version of their config, and a HostProcess
// image whose config has an os.version and whose descriptor has none. A HostProcess image runs on every version
// of Windows Server (microsoft/windows-host-process-containers-base-image, README). containerd takes an entry
// without os.version if no entry has the version of the host (containerd/containerd, commit b327af6a).
func hostProcessShape() Artifact {
	host := Image{OS: "windows", OSVersion: "10.0.17763.1", Seed: "hostprocess"}.Build()
	host.Platform.OSVersion = ""
	return Index(false,
		Image{OS: "windows", OSVersion: "10.0.17763.5329"}.Build(),
		Image{OS: "windows", OSVersion: "10.0.20348.2227"}.Build(),
		host,
	)
}

// referrerAttestationShape is an image for one platform that BuildKit pushed by digest with oci-artifact=true:
// the attestation names the image as its subject, and no index holds it (docker/buildx, pull request 3433).
func referrerAttestationShape() Shape {
	image := Image{History: []string{"buildkit.dockerfile.v0"}}.Build()
	statement := attestation(image)
	statement.ArtifactType = attestationType
	// The list of referrers has the annotations of the manifest, and no platform (distribution-spec, "Listing
	// Referrers").
	statement.Annotations, statement.Platform = nil, v1.Platform{}
	return Shape{Artifact: image, Referrers: []Artifact{statement}}
}

// attestationWithConfig makes an attestation manifest as BuildKit does with oci-artifact=false: the manifest has
// an image config for unknown/unknown, and neither artifactType nor subject (moby/buildkit,
// exporter/containerimage/writer.go, commitAttestationsManifest).
func attestationWithConfig(image Artifact) Artifact {
	statement := mustJSON(statementAbout(image))
	a := manifestOf{
		config: content{mediaType: types.OCIConfigJSON, data: mustJSON(map[string]any{
			"os": "unknown", "architecture": "unknown", "config": map[string]any{},
			"rootfs": v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{hashOf(statement)}},
		})},
		layers: []content{{
			mediaType: inTotoType, data: statement, annotations: map[string]string{predicateType: provenanceType},
		}},
	}.build()
	a.Platform = v1.Platform{OS: "unknown", Architecture: "unknown"}
	a.Annotations = map[string]string{referenceType: attestationOfType, referenceDigest: image.Digest}
	return a
}

// sparseShape is an index whose image for linux/arm64 is absent from the repository. Some registries accept such an
// index, or drop the image later; distribution accepts one if it is configured so (distribution/distribution, pull
// request 3536). Its images are in no other shape, so that no other shape brings the absent image.
func sparseShape() Shape {
	amd64, arm64 := Image{Seed: "sparse"}.Build(), Image{Seed: "sparse", Architecture: "arm64"}.Build()
	index := Index(false, amd64, arm64)
	index.Children = []Artifact{amd64}
	return Shape{Artifact: index, Absent: []Artifact{arm64}}
}
