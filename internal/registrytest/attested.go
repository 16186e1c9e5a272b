package registrytest

import (
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	inTotoType        = types.MediaType("application/vnd.in-toto+json")
	provenanceType    = "https://slsa.dev/provenance/v1"
	attestationType   = "application/vnd.docker.attestation.manifest.v1+json"
	referenceType     = "vnd.docker.reference.type"
	referenceDigest   = "vnd.docker.reference.digest"
	predicateType     = "in-toto.io/predicate-type"
	attestationOfType = "attestation-manifest"
)

// Attested makes what "docker buildx build --provenance" pushes for one platform: an OCI index of the
// image and its attestation (buildkit, docs/attestations/attestation-storage.md).
func Attested(image Artifact) Artifact { return Index(false, image, attestation(image)) }

// AttestedBy is Attested with the given statements, by their predicate types.
func AttestedBy(image Artifact, statements map[string]string) Artifact {
	return Index(false, image, attestationOf(image, statements))
}

// attestation makes an attestation manifest in the form of BuildKit 0.2x, an OCI artifact with the
// empty config whose subject is the image.
func attestation(image Artifact) Artifact {
	return attestationOf(image, map[string]string{provenanceType: string(mustJSON(statementAbout(image)))})
}

func attestationOf(image Artifact, statements map[string]string) Artifact {
	a := Artifact{
		MediaType: string(types.OCIManifestSchema1),
		Blobs:     map[string][]byte{},
		Platform:  v1.Platform{OS: "unknown", Architecture: "unknown"},
		Annotations: map[string]string{
			referenceType:   attestationOfType,
			referenceDigest: image.Digest,
		},
	}
	config := a.addBlob(types.OCIEmptyJSON, []byte("{}"))
	config.Data = []byte("{}")
	layers := []v1.Descriptor{}
	for _, predicate := range slices.Sorted(maps.Keys(statements)) {
		statement := a.addBlob(inTotoType, []byte(statements[predicate]))
		statement.Annotations = map[string]string{predicateType: predicate}
		layers = append(layers, statement)
	}
	subject := describe(types.MediaType(image.MediaType), image.Manifest)
	a.setManifest(v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.MediaType(a.MediaType),
		ArtifactType:  attestationType,
		Config:        config,
		Layers:        layers,
		Subject:       &subject,
	})
	return a
}

// statementAbout is a provenance that says little (in-toto attestation framework, Statement v1).
func statementAbout(image Artifact) any {
	type object = map[string]any
	return object{
		"_type":         "https://in-toto.io/Statement/v1",
		"predicateType": provenanceType,
		"subject": []object{{
			"name":   "_",
			"digest": object{"sha256": strings.TrimPrefix(image.Digest, "sha256:")},
		}},
		"predicate": object{
			"buildDefinition": object{"buildType": "https://example.com/registrytest"},
			"runDetails":      object{"builder": object{"id": ""}},
		},
	}
}
