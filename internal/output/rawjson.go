package output

import (
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
)

// The objects of inspect --raw are those of manifest-tool v2, with the same keys in the same order, for the scripts
// that read them. They get no new keys: --format json has everything else.

// A RawIndex is the object for an index.
type RawIndex struct {
	Name          string            `json:"name"`
	Digest        v1.Hash           `json:"digest"`
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType,omitempty"`
	Manifests     []any             `json:"manifests"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

// A RawImage is the object for an image.
type RawImage struct {
	Name         string  `json:"name"`
	Digest       v1.Hash `json:"digest"`
	OS           string  `json:"os,omitempty"`
	Architecture string  `json:"architecture,omitempty"`
	imagespec.Manifest
}

// A RawImageWithConfig is the object for an image with --expand-config.
type RawImageWithConfig struct {
	SchemaVersion int                    `json:"schemaVersion"`
	Name          string                 `json:"name"`
	Digest        v1.Hash                `json:"digest"`
	OS            string                 `json:"os,omitempty"`
	Architecture  string                 `json:"architecture,omitempty"`
	MediaType     string                 `json:"mediaType,omitempty"`
	Config        imagespec.Image        `json:"config"`
	Layers        []imagespec.Descriptor `json:"layers"`
	Subject       *imagespec.Descriptor  `json:"subject,omitempty"`
	Annotations   map[string]string      `json:"annotations,omitempty"`
}

// PrintRaw prints one of these objects, indented as manifest-tool v2 does.
func (p *Printer) PrintRaw(object any) error {
	text, err := json.MarshalIndent(object, "", "    ")
	if err != nil {
		return err
	}
	return p.WriteResult(fmt.Appendf(nil, "%s\n", text))
}
