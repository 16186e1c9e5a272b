package output

import (
	"bytes"
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	imagespec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
	"github.com/manifest-tool/manifest-tool/registry"
)

// The JSON of docker manifest inspect, with the keys, the order and the indents of docker's client: scripts read
// it line by line.

// A DockerImage is an image as docker manifest inspect --verbose prints it.
type DockerImage struct {
	Ref              string
	Descriptor       dockerDescriptor
	Raw              []byte          `json:",omitempty"`
	SchemaV2Manifest json.RawMessage `json:",omitempty"` // of an image in Docker's format
	OCIManifest      json.RawMessage `json:",omitempty"`
}

type dockerDescriptor struct {
	MediaType types.MediaType    `json:"mediaType"`
	Digest    string             `json:"digest"`
	Size      int64              `json:"size"`
	Platform  imagespec.Platform `json:"platform"`
}

// NewDockerImage describes a manifest. An index within an index has neither of the two manifest fields.
func NewDockerImage(ref string, m registry.Manifest, platform v1.Platform) DockerImage {
	image := DockerImage{
		Ref:        ref,
		Descriptor: dockerDescriptor{m.MediaType, m.Digest.String(), int64(len(m.Bytes)), dockerPlatform(&platform)},
		Raw:        m.Bytes,
	}
	switch m.MediaType {
	case types.DockerManifestSchema2:
		image.SchemaV2Manifest = m.Bytes
	case types.OCIManifestSchema1:
		image.OCIManifest = m.Bytes
	}
	return image
}

type dockerList struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     types.MediaType   `json:"mediaType"`
	Manifests     []dockerListEntry `json:"manifests"`
}

// A dockerListEntry has the fields that docker knows. Docker prints no annotations of an index.
type dockerListEntry struct {
	MediaType types.MediaType    `json:"mediaType,omitempty"`
	Size      int64              `json:"size,omitempty"`
	Digest    string             `json:"digest,omitempty"`
	Platform  imagespec.Platform `json:"platform"`
}

// dockerPlatform is a platform without the CPU features of old lists, which docker leaves out.
func dockerPlatform(p *v1.Platform) imagespec.Platform {
	if p == nil {
		return imagespec.Platform{}
	}
	return imagespec.Platform{Architecture: p.Architecture, OS: p.OS, OSVersion: p.OSVersion, OSFeatures: p.OSFeatures, Variant: p.Variant}
}

// PrintDockerManifest prints an image or an index.
func (p *Printer) PrintDockerManifest(m registry.Manifest) error {
	if !m.MediaType.IsIndex() {
		return p.printDockerBytes(m.Bytes)
	}
	_, children, err := registry.References(m)
	if err != nil {
		return err
	}
	list := dockerList{SchemaVersion: 2, MediaType: m.MediaType, Manifests: []dockerListEntry{}}
	for _, d := range children {
		list.Manifests = append(list.Manifests, dockerListEntry{d.MediaType, d.Size, d.Digest.String(), dockerPlatform(d.Platform)})
	}
	return p.printDockerJSON(list, "   ")
}

// PrintDockerMember prints what a draft holds for one of its members: an image, or the images of an index.
func (p *Printer) PrintDockerMember(images []DockerImage, verbose bool) error {
	switch {
	case len(images) == 1 && verbose:
		return p.printDockerJSON(images[0], "\t")
	case len(images) == 1:
		return p.printDockerBytes(images[0].Raw)
	case verbose:
		return p.PrintDockerImages(images)
	}
	list := dockerList{SchemaVersion: 2, MediaType: types.DockerManifestList, Manifests: []dockerListEntry{}}
	for _, i := range images {
		d := i.Descriptor
		if i.OCIManifest != nil {
			list.MediaType = types.OCIImageIndex
		}
		list.Manifests = append(list.Manifests, dockerListEntry{d.MediaType, d.Size, d.Digest, d.Platform})
	}
	return p.printDockerJSON(list, "   ")
}

// PrintDockerImage prints a single image, with docker's --verbose.
func (p *Printer) PrintDockerImage(image DockerImage) error { return p.printDockerJSON(image, "\t") }

// PrintDockerImages prints the images of an index or a draft, with docker's --verbose.
func (p *Printer) PrintDockerImages(images []DockerImage) error {
	return p.printDockerJSON(append([]DockerImage{}, images...), "\t")
}

// printDockerBytes prints a manifest that a registry keeps. Docker indents it, and changes nothing else.
func (p *Printer) printDockerBytes(raw []byte) error {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "\t"); err != nil {
		return err
	}
	return p.WriteResult(append(rawjson.Printable(b.Bytes()), '\n'))
}

func (p *Printer) printDockerJSON(v any, indent string) error {
	text, err := json.MarshalIndent(v, "", indent)
	if err != nil {
		return err
	}
	return p.WriteResult(append(rawjson.Printable(text), '\n'))
}
