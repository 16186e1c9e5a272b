package registrytest

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	sbomType        = "application/spdx+json"
	helmConfigType  = types.MediaType("application/vnd.cncf.helm.config.v1+json")
	helmChartType   = types.MediaType("application/vnd.cncf.helm.chart.content.v1.tar+gzip")
	modelType       = "application/vnd.cncf.model.manifest.v1+json"
	modelConfigType = types.MediaType("application/vnd.cncf.model.config.v1+json")
	modelWeightType = types.MediaType("application/vnd.cncf.model.weight.v1.tar")
	modelFile       = "org.cncf.model.filepath"
)

// sbomShape is an index of two images with attestations, and three SBOMs. The first SBOM has no platform. The
// others have linux and an empty architecture, as "docker buildx imagetools create" writes for an artifact of "oras
// attach" (inspektor-gadget/inspektor-gadget, pull request 5495). The last has no artifactType in its descriptor.
func sbomShape() Artifact {
	amd64, arm64 := Image{}.Build(), Image{Architecture: "arm64"}.Build()
	index, ofAMD64, ofARM64 := sbom("index", nil), sbom("amd64", &amd64), sbom("arm64", &arm64)
	index.ArtifactType, ofAMD64.ArtifactType = sbomType, sbomType
	ofAMD64.Platform, ofARM64.Platform = v1.Platform{OS: "linux"}, v1.Platform{OS: "linux"}
	return Index(false, amd64, arm64, attestation(amd64), attestation(arm64), index, ofAMD64, ofARM64)
}

// sbom makes an artifact as "oras attach" does, with the empty config and an artifactType.
func sbom(name string, subject *Artifact) Artifact {
	m := manifestOf{
		artifactType: sbomType,
		config:       emptyConfig,
		layers: []content{{
			mediaType:   sbomType,
			data:        mustJSON(map[string]string{"spdxVersion": "SPDX-2.3", "name": name}),
			annotations: map[string]string{titleAnnotation: "sbom.spdx.json"},
		}},
		annotations: map[string]string{createdAnnotation: "1970-01-01T00:00:00Z"},
	}
	if subject != nil {
		d := describe(types.MediaType(subject.MediaType), subject.Manifest)
		m.subject = &d
	}
	return m.build()
}

// chartShape is an index of two images and a Helm chart that "oras manifest index create" writes: an entry has a
// platform if its config has one, and no artifactType (oras-project/oras, cmd/oras/root/manifest/index/create.go).
// The manifest of a chart has neither mediaType nor artifactType. Only the type of its config reports that it is a
// chart (helm/helm, pkg/registry/client.go, tagManifest, and constants.go).
func chartShape() Artifact {
	archive, _ := layer("app/Chart.yaml", []byte("apiVersion: v2\nname: app\nversion: 1.2.3\n"))
	chart := manifestOf{
		untyped: true,
		config: content{
			mediaType: helmConfigType,
			data:      []byte(`{"name":"app","version":"1.2.3","apiVersion":"v2"}`),
		},
		layers: []content{{mediaType: helmChartType, data: archive}},
		annotations: map[string]string{
			createdAnnotation: "1970-01-01T00:00:00Z",
			titleAnnotation:   "app",
			versionAnnotation: "1.2.3",
		},
	}.build()
	return Index(false, Image{}.Build(), Image{Architecture: "arm64"}.Build(), chart)
}

// modelShape is an index of one model artifact without platform (modelpack/model-spec, docs/spec.md). Only the
// manifest has the artifactType: "oras manifest index create" copies none to the descriptor. The "architecture" in
// the config is the architecture of the model.
func modelShape() Artifact {
	weights := gunzip(first(layer("weights.bin", []byte("weights\n"))))
	return Index(false, manifestOf{
		artifactType: modelType,
		config: content{mediaType: modelConfigType, data: mustJSON(map[string]any{
			"descriptor": map[string]any{"name": "app", "createdAt": "1970-01-01T00:00:00Z"},
			"config":     map[string]any{"architecture": "transformer", "format": "safetensors"},
			"modelfs":    map[string]any{"type": "layers", "diffIds": []string{digestOf(weights)}},
		})},
		layers: []content{{
			mediaType: modelWeightType, data: weights, annotations: map[string]string{modelFile: "weights.bin"},
		}},
	}.build())
}

// loneShape is an index whose only entry has no platform. The empty config of the entry names no platform either
// (image-spec, manifest.md, "Guidance for an Empty Descriptor").
func loneShape() Artifact {
	return Index(false, manifestOf{
		artifactType: "application/vnd.example.app",
		config:       emptyConfig,
		layers:       []content{{mediaType: "application/vnd.example.app.layer", data: []byte("app\n")}},
	}.build())
}

// loneConfigShape is an index whose only entry has no platform and an image config without the required fields os
// and architecture (image-spec, config.md, "Properties").
func loneConfigShape() Artifact {
	rootFS, diffID := layer("layer-0", []byte("no platform\n"))
	return Index(false, manifestOf{
		config: content{mediaType: types.OCIConfigJSON, data: mustJSON(map[string]any{
			"rootfs": v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{diffID}},
		})},
		layers: []content{{mediaType: types.OCILayer, data: rootFS}},
	}.build())
}

func first[T, U any](t T, _ U) T { return t }
