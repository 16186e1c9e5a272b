package registry

import (
	"encoding/json"
	"mime"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
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
		return Manifest{}, Errorf(ErrUnverified, "larger than the %d MiB that a manifest may have", MaxManifest>>20)
	}
	var doc Document
	if err := json.Unmarshal(raw, &doc); err != nil {
		return Manifest{}, Errorf(ErrUnverified, "what came is no manifest that can be read and checked: %w (content type %q)", err, declared)
	}
	if typeOfSchema1(declared) || doc.schema1() {
		return Manifest{}, ErrSchema1
	}
	if err := checkReadings(raw); err != nil {
		return Manifest{}, err
	}
	isIndex, isImage := doc.Manifests != nil, doc.Config != nil || doc.Layers != nil
	if isIndex && isImage || (isIndex || isImage) && doc.FSLayers != nil {
		return Manifest{}, Errorf(ErrUnverified, "it is an index and an image at once, or an image in two ways: refused")
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
		return Manifest{}, Errorf(ErrUnverified, "what came is no manifest (content type %q)", declared)
	case doc.MediaType != "" && doc.MediaType != mediaType:
		return Manifest{}, Errorf(ErrUnverified, "it is declared %q, but says of itself %q", mediaType, doc.MediaType)
	}
	if mediaType.IsIndex() && isImage || mediaType.IsImage() && isIndex {
		return Manifest{}, Errorf(ErrUnverified, "it is declared %q, but does not look like it", mediaType)
	}
	return NewManifest(mediaType, raw), nil
}

// checkDescriptors refuses what could not be checked when it is read or copied.
func (d Document) checkDescriptors() error {
	all := slices.Concat(d.Layers, d.Manifests)
	if d.Config != nil {
		all = append(all, *d.Config)
	}
	for _, descriptor := range all {
		switch {
		case descriptor.Size < 0:
			return Errorf(ErrUnverified, "it says that %s has %d bytes: refused", descriptor.Digest, descriptor.Size)
		case descriptor.Digest.Algorithm != "sha256" && descriptor.Digest != (v1.Hash{}):
			return Errorf(ErrUnverified, "it names %s, and only sha256 can be checked here: refused", descriptor.Digest)
		}
	}
	return nil
}

func ParseDocument(m Manifest) (Document, error) {
	var doc Document
	if json.Unmarshal(m.Bytes, &doc) != nil {
		return doc, Errorf(ErrUnverified, "%s is not what a manifest looks like", m.Digest)
	}
	if typeOfSchema1(string(m.MediaType)) || doc.schema1() {
		return doc, ErrSchema1
	}
	return doc, nil
}

// References are the descriptors that a manifest needs beside it: the blobs of an image, the
// manifests of an index. Layers that are fetched from elsewhere (image-spec, "non-distributable")
// are left out.
func References(m Manifest) (blobs, manifests []v1.Descriptor, err error) {
	doc, err := ParseDocument(m)
	if err != nil {
		return nil, nil, err
	}
	if doc.Config != nil {
		blobs = append(blobs, *doc.Config)
	}
	for _, layer := range doc.Layers {
		if layer.MediaType.IsDistributable() {
			blobs = append(blobs, layer)
		}
	}
	return blobs, doc.Manifests, nil
}
