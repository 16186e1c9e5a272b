package index

import v1 "github.com/google/go-containerregistry/pkg/v1"

// How BuildKit marks the attestation manifests that it puts into an index, and the image they are
// about (BuildKit, docs/attestations/attestation-storage.md).
const (
	ReferenceType   = "vnd.docker.reference.type"
	ReferenceDigest = "vnd.docker.reference.digest"
	AttestationType = "attestation-manifest"
)

// AttestationArtifactType is the artifactType of an attestation manifest that BuildKit stores as an OCI
// artifact (buildx, "oci-artifact=true").
const AttestationArtifactType = "application/vnd.docker.attestation.manifest.v1+json"

// unknownPlatform is the platform that BuildKit gives an attestation, so that no client runs it.
var unknownPlatform = v1.Platform{OS: "unknown", Architecture: "unknown"}

// attests finds the digest of the image that a descriptor is an attestation for. The digest is zero
// where the annotation names none.
func attests(d v1.Descriptor) (subject v1.Hash, ok bool) {
	if d.Annotations[ReferenceType] != AttestationType {
		return v1.Hash{}, false
	}
	subject, _ = v1.NewHash(d.Annotations[ReferenceDigest])
	return subject, true
}

// NewAttestation is the entry for an attestation of an image that no index lists.
func NewAttestation(d v1.Descriptor, subject v1.Hash) Entry {
	d.Annotations = map[string]string{ReferenceType: AttestationType, ReferenceDigest: subject.String()}
	d.Platform = &unknownPlatform
	return Entry{Kind: Attestation, Descriptor: d, Subject: subject}
}
