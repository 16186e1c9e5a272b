package plan

import v1 "github.com/google/go-containerregistry/pkg/v1"

// How BuildKit marks the attestation manifests that it puts into an index, and the image they are
// about (BuildKit, docs/attestations/attestation-storage.md).
const (
	referenceType   = "vnd.docker.reference.type"
	referenceDigest = "vnd.docker.reference.digest"
	attestationType = "attestation-manifest"
)

// attests gives the digest of the image that a descriptor is an attestation for.
func Attests(d v1.Descriptor) (subject string, ok bool) {
	return d.Annotations[referenceDigest], d.Annotations[referenceType] == attestationType
}
