package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A saved image is an entry of manifest.json (moby's image spec v1.2, "Combined Image JSON").
type saved struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// A builder reads the images of an archive, and synthesizes missing manifests.
type builder struct {
	*Repository
	ctx   context.Context
	table *table
}

func (b builder) files() files { return files{b.Repository, b.ctx, b.table, false} }

// bad is an error about a file in the archive.
func (b builder) bad(name, format string, args ...any) error {
	return registry.Errorf(registry.ErrUnverified, "%s: %w", b.files().Path(name), fmt.Errorf(format, args...))
}

// list reads manifest.json.
func (b builder) list() ([]saved, error) {
	raw, err := b.files().ReadFile(dockerFile)
	if err != nil {
		return nil, err
	}
	if err := registry.CheckBounds(raw); err != nil {
		return nil, b.bad(dockerFile, "%w", err)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, b.bad(dockerFile, "not a list of images")
	}
	if len(list) > spec.MaxEntries {
		return nil, b.bad(dockerFile, "%d images; the limit is %d", len(list), spec.MaxEntries)
	}
	images := make([]saved, len(list))
	for i, raw := range list {
		if err := layout.CheckObject(raw); err != nil {
			return nil, b.bad(dockerFile, "image %d: %w", i+1, err)
		}
		if json.Unmarshal(raw, &images[i]) != nil {
			return nil, b.bad(dockerFile, "image %d does not have the form that docker save writes", i+1)
		}
	}
	return images, nil
}

// config holds the used fields of an image config.
type config struct {
	v1.Platform
	RootFS struct {
		Type    string    `json:"type"`
		DiffIDs []v1.Hash `json:"diff_ids"`
	} `json:"rootfs"`
}

// digestName matches the usual file name of a config: its digest.
var digestName = lazyregexp.New(`^(?:sha256:)?([0-9a-f]{64})(?:\.json)?$`)

// config reads the config of a saved image. The file name gives the digest, if it is one.
func (b builder) config(image saved) (config, v1.Descriptor, error) {
	var c config
	e, ok := b.table.file(path.Clean(image.Config))
	if !ok {
		return c, v1.Descriptor{}, b.bad(dockerFile, "the file lists the config %s, but the archive does not contain that file", quote(image.Config))
	}
	raw, err := b.files().read(image.Config, e)
	if err != nil {
		return c, v1.Descriptor{}, err
	}
	d := v1.Descriptor{Digest: registry.DigestOf(raw), Size: e.size}
	if name := digestName().FindStringSubmatch(path.Base(image.Config)); name != nil && name[1] != d.Digest.Hex {
		return c, d, b.bad(image.Config, "the %d bytes of content have the digest %s", e.size, d.Digest)
	}
	if err := layout.CheckObject(raw); err != nil {
		return c, d, b.bad(image.Config, "%w", err)
	}
	if json.Unmarshal(raw, &c) != nil || c.RootFS.Type != "layers" {
		return c, d, b.bad(image.Config, "not the config of an image")
	}
	if len(c.RootFS.DiffIDs) != len(image.Layers) {
		return c, d, b.bad(image.Config, "the config lists %d layers, but %s lists %d", len(c.RootFS.DiffIDs), dockerFile, len(image.Layers))
	}
	b.synthesized.addBlob(d.Digest, blob{name: image.Config, entry: e})
	return c, d, nil
}
