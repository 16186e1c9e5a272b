package registry

import (
	"encoding/json"
	"mime"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
)

// A document is what a manifest or an index says, as far as it is needed here.
type Document struct {
	// SchemaVersion is 1 for Docker's first schema, which is not read.
	SchemaVersion json.RawMessage `json:"schemaVersion"`

	MediaType   types.MediaType   `json:"mediaType"`
	Config      *v1.Descriptor    `json:"config"`
	Layers      []v1.Descriptor   `json:"layers"`
	Manifests   []v1.Descriptor   `json:"manifests"`
	Annotations map[string]string `json:"annotations"`
	FSLayers    json.RawMessage   `json:"fsLayers"` // of Docker's first schema, which is not read
	// Subject is what it refers to.
	Subject      *v1.Descriptor `json:"subject"`
	ArtifactType string         `json:"artifactType"`
}

// Identify makes a Manifest of bytes from outside. What a header or descriptor declares and what
// the bytes say have to agree; where one of them is silent, the other decides (distribution-spec,
// "Pulling manifests"; CVE-2021-41190 is what happens otherwise).
func Identify(declared string, raw []byte) (Manifest, error) {
	if len(raw) > MaxManifest {
		return Manifest{}, Errorf(ErrUnverified, "the manifest is larger than the limit of %d MiB", MaxManifest>>20)
	}
	if err := CheckBounds(raw); err != nil {
		return Manifest{}, err
	}
	var doc Document
	if err := json.Unmarshal(raw, &doc); err != nil {
		return Manifest{}, Errorf(ErrUnverified, "the content is not a valid manifest: %s (content type %q)", jsonProblem(err), declared)
	}
	if typeOfSchema1(declared) || doc.schema1() {
		return Manifest{}, ErrSchema1
	}
	if err := checkReadings(raw); err != nil {
		return Manifest{}, err
	}
	isIndex, isImage := doc.Manifests != nil, doc.Config != nil || doc.Layers != nil
	if isIndex && isImage || (isIndex || isImage) && doc.FSLayers != nil {
		return Manifest{}, Errorf(ErrUnverified, "the manifest is ambiguous: it has the fields of several kinds of manifest (manifests, layers, fsLayers)")
	}
	if err := doc.checkDescriptors(); err != nil {
		return Manifest{}, err
	}
	mediaType := types.MediaType("")
	if parsed, _, err := mime.ParseMediaType(declared); err == nil && isManifest(types.MediaType(parsed)) {
		mediaType = types.MediaType(parsed)
	}
	switch {
	case mediaType == "" && doc.MediaType != "":
		mediaType = doc.MediaType
	case mediaType == "" && isIndex:
		mediaType = types.OCIImageIndex
	case mediaType == "" && isImage:
		mediaType = types.OCIManifestSchema1
	case mediaType == "":
		return Manifest{}, Errorf(ErrUnverified, "the content is not a manifest (content type %q)", declared)
	case doc.MediaType != "" && doc.MediaType != mediaType:
		return Manifest{}, Errorf(ErrUnverified, "the manifest is declared as %q, but its mediaType is %q", mediaType, doc.MediaType)
	}
	if mediaType.IsIndex() && isImage || mediaType.IsImage() && isIndex {
		return Manifest{}, Errorf(ErrUnverified, "the manifest is declared as %q, but has the fields of another type", mediaType)
	}
	return NewManifest(mediaType, raw), nil
}

// MaxDescriptors is how many layers, or manifests, one document may list. Images have at most 127 layers, artifacts
// some thousands; an index that is put together has at most [spec.MaxEntries].
const MaxDescriptors = 10_000

// CheckBounds refuses a document that would take much more memory than its bytes when it is decoded, before
// it is decoded. See [rawjson.CheckBounds] for the limits.
func CheckBounds(raw []byte) error {
	if err := rawjson.CheckBounds(raw, rawjson.MaxValues); err != nil {
		return Errorf(ErrUnverified, "%w", err)
	}
	return nil
}

// checkDescriptors refuses what could not be checked when it is read or copied.
func (d Document) checkDescriptors() error {
	if n := max(len(d.Layers), len(d.Manifests)); n > MaxDescriptors {
		return Errorf(ErrUnverified, "the manifest lists %d layers or manifests; the limit is %d", n, MaxDescriptors)
	}
	all := slices.Concat(d.Layers, d.Manifests)
	if d.Config != nil {
		all = append(all, *d.Config)
	}
	for _, descriptor := range all {
		switch {
		case descriptor.Size < 0:
			return Errorf(ErrUnverified, "the manifest lists %s with an invalid size of %d bytes", descriptor.Digest, descriptor.Size)
		case descriptor.Digest.Algorithm != "sha256" && descriptor.Digest != (v1.Hash{}):
			return Errorf(ErrUnverified, "the manifest lists %s, but manifest-tool verifies sha256 digests only", descriptor.Digest)
		}
	}
	return nil
}

// ParseDocument decodes a manifest. [Identify] has checked the bytes; those of a layout are checked here.
func ParseDocument(m Manifest) (Document, error) {
	var doc Document
	if err := CheckBounds(m.Bytes); err != nil {
		return doc, err
	}
	if json.Unmarshal(m.Bytes, &doc) != nil {
		return Document{}, Errorf(ErrUnverified, "%s is not a valid manifest", m.Digest)
	}
	if typeOfSchema1(string(m.MediaType)) || doc.schema1() {
		return doc, ErrSchema1
	}
	return doc, nil
}

// References are the descriptors that a manifest needs beside it: the blobs of an image, the
// manifests of an index.
func References(m Manifest) (blobs, manifests []v1.Descriptor, err error) {
	doc, err := ParseDocument(m)
	return doc.Blobs(), doc.Manifests, err
}

// Blobs are the config and the layers of an image. Layers that are fetched from elsewhere (image-spec,
// "non-distributable") are left out.
func (d Document) Blobs() []v1.Descriptor {
	var blobs []v1.Descriptor
	if d.Config != nil {
		blobs = append(blobs, *d.Config)
	}
	for _, layer := range d.Layers {
		if layer.MediaType.IsDistributable() {
			blobs = append(blobs, layer)
		}
	}
	return blobs
}
