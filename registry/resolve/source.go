package resolve

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// An imageReader reads the images of one source.
type imageReader struct {
	resolver
	repository registry.Repository
	place      spec.Place
}

// flatten lists the images of an index, and of the indexes in it, each with its attestations.
// An attestation for an image that is not there is left out.
func (r imageReader) flatten(ctx context.Context, index registry.Manifest) ([]plan.Node, error) {
	var images []plan.Node
	attestations := map[string][]plan.Node{}
	seen, entries := map[v1.Hash]bool{index.Digest: true}, 0
	var walk func(m registry.Manifest, depth int) error
	walk = func(m registry.Manifest, depth int) error {
		doc, err := registry.ParseDocument(m)
		if err != nil {
			return err
		}
		if entries += len(doc.Manifests); entries > spec.MaxEntries {
			return registry.Errorf(registry.ErrUnverified, "an index with more than %d entries", spec.MaxEntries)
		}
		for _, d := range doc.Manifests {
			subject, isAttestation := plan.Attests(d)
			switch {
			case isAttestation:
				attestations[subject] = append(attestations[subject], plan.Node{Place: r.place, Descriptor: d})
			case !d.MediaType.IsIndex():
				images = append(images, plan.Node{Place: r.place, Descriptor: d})
			case depth == maxDepth:
				return registry.Errorf(registry.ErrUnverified, "indexes within indexes, more than %d deep", maxDepth)
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
func (r imageReader) availableImages(ctx context.Context, images []plan.Node) (there []plan.Node, absent []v1.Descriptor) {
	for _, image := range images {
		if r.lacks(ctx, image) {
			absent = append(absent, image.Descriptor)
			continue
		}
		image.Attestations = slices.DeleteFunc(image.Attestations, func(a plan.Node) bool { return r.lacks(ctx, a) })
		there = append(there, image)
	}
	if len(there) == 0 {
		return images, nil
	}
	return there, absent
}

// lacks tells whether the source is without an image. What is wrong with one that it has is found later.
func (r imageReader) lacks(ctx context.Context, image plan.Node) bool {
	_, err := r.repository.Describe(ctx, registry.Ref{Digest: image.Descriptor.Digest})
	return errors.Is(err, registry.ErrNotFound)
}

// pick leaves those images of an index that an entry asks for: all, if it names no platform, else
// the one that matches. An image without a platform in the index is judged by its config.
func (r imageReader) pick(ctx context.Context, images []plan.Node, want v1.Platform) ([]plan.Node, error) {
	if want.Equals(v1.Platform{}) {
		if len(images) == 0 {
			return nil, registry.Errorf(registry.ErrNotFound, "the index holds no image")
		}
		return images, nil
	}
	var matching []plan.Node
	var there []string
	for _, image := range images {
		have := plan.Known(image.Descriptor.Platform)
		if !image.Descriptor.MediaType.IsImage() {
			continue // nothing that runs
		}
		if have.OS == "" && have.Architecture == "" {
			if err := r.read(ctx, &image, true); err != nil {
				return nil, err
			}
			have = image.Config
		}
		there = append(there, plan.Describe(have))
		if plan.Matches(want, have) {
			matching = append(matching, image)
		}
	}
	return matching, plan.ExactlyOne(len(matching), want, there)
}

// complete reads what the index does not tell about an image, and asks beside that which targets
// hold it.
func (r imageReader) complete(ctx context.Context, image *plan.Node) error {
	reads := append(r.present(image.Descriptor.Digest), func(ctx context.Context) error { return r.read(ctx, image, true) })
	elsewhere := func(t *target) bool { return t.place != r.place }
	if !r.options.DropAttestations && slices.ContainsFunc(r.targets, elsewhere) { // else they stay where they are
		for i := range image.Attestations {
			a := &image.Attestations[i]
			reads = append(reads, r.present(a.Descriptor.Digest)...)
			reads = append(reads, func(ctx context.Context) error { return r.read(ctx, a, false) })
		}
	}
	return parallel.Each(ctx, len(reads), func(ctx context.Context, i int) error { return reads[i](ctx) })
}

// present asks the targets whether they hold a manifest.
func (r imageReader) present(digest v1.Hash) []func(context.Context) error {
	asks := make([]func(context.Context) error, len(r.targets))
	for i, t := range r.targets {
		asks[i] = func(ctx context.Context) error { return t.checkPresent(ctx, digest, r.place) }
	}
	return asks
}

// read reads the manifest of an image, and its config if that is wanted.
func (r imageReader) read(ctx context.Context, image *plan.Node, withConfig bool) error {
	if !image.Descriptor.MediaType.IsImage() {
		return registry.Errorf(registry.ErrInvalid, "%s is no image, its media type is %q (with a platform, the entry takes only the image for it)",
			image.Descriptor.Digest, image.Descriptor.MediaType)
	}
	m, err := r.manifest(ctx, image.Descriptor)
	if err != nil {
		return err
	}
	if image.Blobs, _, err = registry.References(m); err != nil || !withConfig {
		return err
	}
	doc, err := registry.ParseDocument(m)
	if err != nil || doc.Config == nil {
		return err
	}
	config, err := registry.ReadConfig(ctx, r.repository, *doc.Config)
	image.Config = config.Platform
	return err
}

// manifest reads a child, which has to be what its descriptor says.
func (r imageReader) manifest(ctx context.Context, d v1.Descriptor) (registry.Manifest, error) {
	m, err := r.repository.Manifest(ctx, registry.Ref{Digest: d.Digest})
	switch {
	case errors.Is(err, registry.ErrNotFound):
		return m, registry.Errorf(registry.ErrNotFound, "the index names %s, which is gone: %w", d.Digest, err)
	case err != nil:
		return m, err
	case m.MediaType != d.MediaType:
		return m, registry.Errorf(registry.ErrUnverified, "%s is a %q, but its descriptor says %q", d.Digest, m.MediaType, d.MediaType)
	case int64(len(m.Bytes)) != d.Size:
		return m, registry.Errorf(registry.ErrUnverified, "%s has %d bytes, but its descriptor says %d", d.Digest, len(m.Bytes), d.Size)
	}
	return m, nil
}
