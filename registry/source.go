package registry

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/spec"
)

// An imageReader reads the images of one source.
type imageReader struct {
	resolver
	repository Repository
	place      spec.Place
}

// flatten lists the images of an index, and of the indexes in it, each with its attestations.
// An attestation for an image that is not there is left out.
func (r imageReader) flatten(ctx context.Context, index Manifest) ([]Image, error) {
	var images []Image
	attestations := map[string][]Image{}
	seen, entries := map[v1.Hash]bool{index.Digest: true}, 0
	var walk func(m Manifest, depth int) error
	walk = func(m Manifest, depth int) error {
		doc, err := parse(m)
		if err != nil {
			return err
		}
		if entries += len(doc.Manifests); entries > spec.MaxEntries {
			return Errorf(ErrUnverified, "an index with more than %d entries", spec.MaxEntries)
		}
		for _, d := range doc.Manifests {
			subject, isAttestation := attests(d)
			switch {
			case isAttestation:
				attestations[subject] = append(attestations[subject], Image{Place: r.place, Descriptor: d})
			case !d.MediaType.IsIndex():
				images = append(images, Image{Place: r.place, Descriptor: d})
			case depth == maxDepth:
				return Errorf(ErrUnverified, "indexes within indexes, more than %d deep", maxDepth)
			case !seen[d.Digest]:
				seen[d.Digest] = true
				child, err := r.manifest(ctx, d)
				if err != nil {
					return err
				}
				if err := walk(child, depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := walk(index, 1); err != nil {
		return nil, err
	}
	for i, image := range images {
		images[i].Attestations = attestations[image.Descriptor.Digest.String()]
	}
	return images, nil
}

// held leaves those images of an index that are there, unless that is none. The index that docker save
// writes lists every platform, and beside it are the images that the engine has pulled or built. What
// an index elsewhere lists has to be there.
func (r imageReader) held(ctx context.Context, images []Image) (there []Image, absent []v1.Descriptor) {
	for _, image := range images {
		if r.lacks(ctx, image) {
			absent = append(absent, image.Descriptor)
			continue
		}
		image.Attestations = slices.DeleteFunc(image.Attestations, func(a Image) bool { return r.lacks(ctx, a) })
		there = append(there, image)
	}
	if len(there) == 0 {
		return images, nil
	}
	return there, absent
}

// lacks tells whether the source is without an image. What is wrong with one that it has is found later.
func (r imageReader) lacks(ctx context.Context, image Image) bool {
	_, err := r.repository.Describe(ctx, Ref{Digest: image.Descriptor.Digest})
	return errors.Is(err, ErrNotFound)
}

// pick leaves those images of an index that an entry asks for: all, if it names no platform, else
// the one that matches. An image without a platform in the index is judged by its config.
func (r imageReader) pick(ctx context.Context, images []Image, want v1.Platform) ([]Image, error) {
	if want.Equals(v1.Platform{}) {
		if len(images) == 0 {
			return nil, Errorf(ErrNotFound, "the index holds no image")
		}
		return images, nil
	}
	var matching []Image
	var there []string
	for _, image := range images {
		have := known(image.Descriptor.Platform)
		if !image.Descriptor.MediaType.IsImage() {
			continue // nothing that runs
		}
		if have.OS == "" && have.Architecture == "" {
			if err := r.read(ctx, &image, true); err != nil {
				return nil, err
			}
			have = image.Config
		}
		there = append(there, describe(have))
		if matches(want, have) {
			matching = append(matching, image)
		}
	}
	return matching, exactlyOne(len(matching), want, there)
}

// exactlyOne is what is wrong with another number of images for a platform.
func exactlyOne(n int, want v1.Platform, there []string) error {
	holds := cmp.Or(strings.Join(there, ", "), "none")
	switch n {
	case 1:
		return nil
	case 0:
		return Errorf(ErrNotFound, "the index holds no image for %s; it holds %s", describe(want), holds)
	}
	return Errorf(ErrNotFound, "%d images of the index fit %s; it holds %s", n, describe(want), holds)
}

// matches is [spec.Matches], but an image's features need not be named in its index.
func matches(want, have v1.Platform) bool {
	want.Features = nil
	return spec.Matches(want, have)
}

// complete reads what the index does not tell about an image, and asks beside that which targets
// hold it.
func (r imageReader) complete(ctx context.Context, image *Image) error {
	reads := append(r.present(image.Descriptor.Digest), func(ctx context.Context) error { return r.read(ctx, image, true) })
	elsewhere := func(t *target) bool { return t.place != r.place }
	if !r.options.DropAttestations && slices.ContainsFunc(r.targets, elsewhere) { // else they stay where they are
		for i := range image.Attestations {
			a := &image.Attestations[i]
			reads = append(reads, r.present(a.Descriptor.Digest)...)
			reads = append(reads, func(ctx context.Context) error { return r.read(ctx, a, false) })
		}
	}
	return each(ctx, len(reads), func(ctx context.Context, i int) error { return reads[i](ctx) })
}

// present asks the targets whether they hold a manifest.
func (r imageReader) present(digest v1.Hash) []func(context.Context) error {
	asks := make([]func(context.Context) error, len(r.targets))
	for i, t := range r.targets {
		asks[i] = func(ctx context.Context) error { return t.present(ctx, digest, r.place) }
	}
	return asks
}

// read reads the manifest of an image, and its config if that is wanted.
func (r imageReader) read(ctx context.Context, image *Image, withConfig bool) error {
	if !image.Descriptor.MediaType.IsImage() {
		return Errorf(ErrInvalid, "%s is no image, its media type is %q (with a platform, the entry takes only the image for it)",
			image.Descriptor.Digest, image.Descriptor.MediaType)
	}
	m, err := r.manifest(ctx, image.Descriptor)
	if err != nil {
		return err
	}
	if image.Blobs, _, err = References(m); err != nil || !withConfig {
		return err
	}
	doc, err := parse(m)
	if err != nil || doc.Config == nil {
		return err
	}
	config, err := ReadConfig(ctx, r.repository, *doc.Config)
	image.Config = config.Platform
	return err
}

// manifest reads a child, which has to be what its descriptor says.
func (r imageReader) manifest(ctx context.Context, d v1.Descriptor) (Manifest, error) {
	m, err := r.repository.Manifest(ctx, Ref{Digest: d.Digest})
	switch {
	case errors.Is(err, ErrNotFound):
		return m, Errorf(ErrNotFound, "the index names %s, which is gone: %w", d.Digest, err)
	case err != nil:
		return m, err
	case m.MediaType != d.MediaType:
		return m, Errorf(ErrUnverified, "%s is a %q, but its descriptor says %q", d.Digest, m.MediaType, d.MediaType)
	case int64(len(m.Bytes)) != d.Size:
		return m, Errorf(ErrUnverified, "%s has %d bytes, but its descriptor says %d", d.Digest, len(m.Bytes), d.Size)
	}
	return m, nil
}

// A Config is the config of an image: its bytes and the platform they name.
type Config struct {
	Platform v1.Platform
	Bytes    []byte
}

// ReadConfig reads the config of an image. One of another kind, such as that of an artifact or the
// empty one, names no platform.
func ReadConfig(ctx context.Context, repository Repository, d v1.Descriptor) (Config, error) {
	if d.Size > MaxManifest {
		return Config{}, Errorf(ErrUnverified, "config %s: larger than the %d MiB that it may have", d.Digest, MaxManifest>>20)
	}
	blob, err := repository.Blob(ctx, d)
	if err != nil {
		return Config{}, err
	}
	defer blob.Close()
	raw, err := io.ReadAll(blob)
	if err != nil {
		return Config{}, err
	}
	config := Config{Bytes: raw}
	if d.MediaType != types.OCIConfigJSON && d.MediaType != types.DockerConfigJSON {
		return config, nil
	}
	if json.Unmarshal(raw, &config.Platform) != nil {
		return Config{}, Errorf(ErrUnverified, "config %s: not what the config of an image looks like", d.Digest)
	}
	if err := checkConfig(raw); err != nil {
		return Config{}, fmt.Errorf("config %s: %w", d.Digest, err)
	}
	config.Platform.Features = nil // not a field of a config (image-spec, "OCI Image Configuration")
	return config, nil
}

// known is a platform without the words that say nothing, such as the unknown/unknown of BuildKit.
func known(p *v1.Platform) v1.Platform {
	if p == nil {
		return v1.Platform{}
	}
	k := *p
	for _, word := range []*string{&k.OS, &k.Architecture} {
		if *word == "unknown" {
			*word = ""
		}
	}
	return k
}
