package registrytest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Image describes a small image to make. The zero Image is an OCI image for linux/amd64 with one tiny
// layer.
//
// The same Image makes the same bytes everywhere. Layers depend on Seed, LayerSize and the platform
// alone, so images that differ in Docker or Labels share them.
type Image struct {
	OS, Architecture, Variant, OSVersion string // linux and amd64 if empty
	OSFeatures                           []string

	Docker    bool   // Docker's media types instead of OCI's
	Layers    int    // how many; 0 means one, less than 0 none
	LayerSize int    // bytes in each layer's file, which cannot be compressed; 0 means a short text
	Seed      string // makes images differ that are otherwise the same
	Labels    map[string]string
	Env       []string
	History   []string // a comment for each step of the config's history
}

// epoch is when everything was made.
var epoch = time.Unix(0, 0).UTC()

// Build makes the image.
func (i Image) Build() Artifact {
	a := Artifact{
		MediaType: string(types.OCIManifestSchema1),
		Blobs:     map[string][]byte{},
		Platform:  i.platform(),
	}
	configType, layerType := types.OCIConfigJSON, types.OCILayer
	if i.Docker {
		a.MediaType = string(types.DockerManifestSchema2)
		configType, layerType = types.DockerConfigJSON, types.DockerLayer
	}
	layers, diffIDs := []v1.Descriptor{}, []v1.Hash{}
	for n := range max(cmp.Or(i.Layers, 1), 0) {
		blob, diffID := layer(fmt.Sprintf("layer-%d", n), i.content(n))
		layers = append(layers, a.addBlob(layerType, blob))
		diffIDs = append(diffIDs, diffID)
	}
	a.setManifest(v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.MediaType(a.MediaType),
		Config:        a.addBlob(configType, mustJSON(i.config(diffIDs))),
		Layers:        layers,
	})
	return a
}

func (i Image) platform() v1.Platform {
	return v1.Platform{
		OS:           cmp.Or(i.OS, "linux"),
		Architecture: cmp.Or(i.Architecture, "amd64"),
		Variant:      i.Variant,
		OSVersion:    i.OSVersion,
		OSFeatures:   i.OSFeatures,
	}
}

// config is the image's configuration (image-spec, config.md).
func (i Image) config(diffIDs []v1.Hash) v1.ConfigFile {
	p := i.platform()
	return v1.ConfigFile{
		Created:      v1.Time{Time: epoch},
		OS:           p.OS,
		Architecture: p.Architecture,
		Variant:      p.Variant,
		OSVersion:    p.OSVersion,
		OSFeatures:   p.OSFeatures,
		Config:       v1.Config{Labels: i.Labels, Env: i.Env, Cmd: []string{"/layer-0"}},
		RootFS:       v1.RootFS{Type: "layers", DiffIDs: diffIDs},
		History:      i.history(),
	}
}

// history has the comments of the steps alone. BuildKit writes "buildkit.dockerfile.v0" into each.
func (i Image) history() []v1.History {
	var steps []v1.History
	for _, comment := range i.History {
		steps = append(steps, v1.History{Created: v1.Time{Time: epoch}, Comment: comment})
	}
	return steps
}

// content is what the file of a layer holds.
func (i Image) content(n int) []byte {
	text := fmt.Appendf(nil, "layer %d of %q for %q\n", n, i.Seed, i.platform())
	if i.LayerSize <= 0 {
		return text
	}
	return noise(text, i.LayerSize)
}

// Swapped is an image whose first two layers stand in the wrong order.
func Swapped(image Artifact) Artifact {
	var m v1.Manifest
	must(json.Unmarshal(image.Manifest, &m))
	m.Layers[0], m.Layers[1] = m.Layers[1], m.Layers[0]
	image.setManifest(m)
	return image
}
