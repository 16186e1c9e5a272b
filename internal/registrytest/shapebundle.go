package registrytest

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	createdAnnotation = "org.opencontainers.image.created"
	versionAnnotation = "org.opencontainers.image.version"
)

// The names of CNAB bundles (cnabio/cnab-to-oci, converter/convert.go and types.go).
const (
	cnabType          = "io.cnab.manifest.type"
	cnabComponent     = "io.cnab.component.name"
	cnabRuntime       = "io.cnab.runtime_version"
	cnabKeywords      = "io.cnab.keywords"
	cnabArtifactType  = "org.opencontainers.artifactType" // an annotation
	cnabConfigType    = types.MediaType("application/vnd.cnab.config.v1+json")
	cnabArtifactValue = "application/vnd.cnab.manifest.v1"
)

// cnabShape is an index that cnab-to-oci writes for a bundle: the bundle config, the invocation image, and the
// component images in the order of their names. No entry has a platform, and neither the index nor the manifest
// of the config has a mediaType (cnabio/cnab-to-oci, README and converter/convert.go).
func cnabShape() Artifact {
	config := manifestOf{untyped: true, config: content{
		mediaType: cnabConfigType,
		data:      []byte(`{"schemaVersion":"v1.0.0","name":"app","version":"0.1.0"}`),
	}}.build()
	backend := Image{Seed: "backend"}.Build()
	web := Index(false, Image{Seed: "web"}.Build(), Image{Seed: "web", Architecture: "arm64"}.Build())
	return compose(v1.IndexManifest{Annotations: map[string]string{
		cnabRuntime:       "v1.0.0",
		cnabKeywords:      `["app"]`,
		cnabArtifactType:  cnabArtifactValue,
		titleAnnotation:   "app",
		versionAnnotation: "0.1.0",

		"org.opencontainers.image.description": "an app",
	}},
		cnabEntry(config, "config", ""),
		cnabEntry(Image{Docker: true, Seed: "invocation"}.Build(), "invocation", ""),
		cnabEntry(backend, "component", "backend"),
		cnabEntry(web, "component", "web"),
	)
}

// cnabEntry gives a manifest the descriptor that cnab-to-oci writes.
func cnabEntry(a Artifact, kind, component string) Artifact {
	a.Platform = v1.Platform{}
	a.Annotations = map[string]string{cnabType: kind}
	if component != "" {
		a.Annotations[cnabComponent] = component
	}
	return a
}
