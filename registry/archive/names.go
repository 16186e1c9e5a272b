package archive

import (
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
)

// inLayout reads a manifest of an OCI archive. docker save writes both kinds into one file, sometimes with an empty
// index.json: the error then names the other kind.
func (b builder) inLayout(ref registry.Ref) (registry.Manifest, error) {
	f := files{b.Repository, b.ctx, b.table, ref.Digest == (v1.Hash{})}
	m, err := layout.ReadManifest(f, ref)
	if !f.listed || !errors.Is(err, registry.ErrNotFound) || !b.table.has(dockerFile) {
		return m, err
	}
	if images, readErr := layout.ReadImages(f); readErr != nil || len(images.All()) > 0 {
		return m, err
	}
	return m, registry.Errorf(registry.ErrNotFound, "%s: %s lists no image: use docker-archive:%s to read %s",
		b.path, indexFile, b.path, dockerFile)
}

// images returns all images of a docker archive: those of index.json, then the unlisted ones of manifest.json. asked
// is the name for notes.
func (b builder) images(asked string) (layout.Images, error) {
	images := layout.NewImages(b.path)
	if b.table.has(indexFile) {
		listed, err := layout.ReadImages(files{b.Repository, b.ctx, b.table, true})
		if err != nil {
			return images, err
		}
		images = listed.Adapted(func(m registry.Manifest) (registry.Manifest, error) { return b.recompress(asked, m) })
	}
	more, err := b.unlistedImages()
	if err != nil {
		return images, err
	}
	for _, image := range more {
		images = images.With(b.named(image)...)
	}
	return images, nil
}

// named returns a saved image under each of its names.
func (b builder) named(image saved) (images []layout.Image) {
	names := image.RepoTags
	if len(names) == 0 {
		names = []string{""}
	}
	for _, name := range names {
		images = append(images, layout.Image{
			Choice:    layout.Choice{ID: image.Config, FullName: name},
			Read:      func() (registry.Manifest, error) { return b.synthesize(image, name) },
			Platforms: func(registry.Manifest) ([]v1.Platform, error) { return b.platforms(image) },
		})
	}
	return images
}

// platforms reads the platform in the config of a saved image.
func (b builder) platforms(image saved) ([]v1.Platform, error) {
	c, _, err := b.config(image)
	if err != nil || c.OS == "" || c.Architecture == "" {
		return nil, err
	}
	c.Features = nil // not a field of a config (image-spec, "OCI Image Configuration")
	return []v1.Platform{c.Platform}, nil
}

// byDigest returns a manifest of a docker archive: a stored one, a synthesized one, or an index of images that share
// a name.
func (b builder) byDigest(digest v1.Hash) (registry.Manifest, error) {
	if b.table.has(indexFile) {
		m, err := layout.ReadManifest(b.files(), registry.Ref{Digest: digest})
		if !errors.Is(err, registry.ErrNotFound) {
			return m, err
		}
	}
	unlisted, err := b.unlistedImages()
	if err != nil {
		return registry.Manifest{}, err
	}
	for _, image := range unlisted {
		m, err := b.synthesize(image, "")
		if err != nil || m.Digest == digest {
			return m, err
		}
	}
	images, err := b.images("")
	if err != nil {
		return registry.Manifest{}, err
	}
	return images.Made(digest)
}
