package resolve

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// An Inspection is what there is under a reference: an index with its entries, or a single image.
type Inspection struct {
	Reference   spec.Reference
	Manifest    registry.Manifest
	Annotations map[string]string
	Entries     []Inspected   // of an index
	Image       *ImageDetails // of a single image
}

// Inspected is one entry of an index. What is not an image, or is gone, has no details.
type Inspected struct {
	Descriptor    v1.Descriptor
	Platform      v1.Platform // of the descriptor, else of the config
	AttestationOf string      // the digest of the image that it is about
	Missing       bool
	Flaw          error // why there are no details, where something is there
	Image         *ImageDetails
}

// ImageDetails is what an image's manifest and config say.
type ImageDetails struct {
	Platform v1.Platform // of the config, where that was read
	Config   v1.Descriptor
	Layers   []v1.Descriptor
	// ConfigBytes is the config, if it was asked for.
	ConfigBytes []byte
}

// Size is what a client has to fetch beside the manifest, compressed as it is.
func (d ImageDetails) Size() int64 {
	size := d.Config.Size
	for _, layer := range d.Layers {
		size += layer.Size
	}
	return size
}

// Inspect reads what is under a reference. Configs of an index's images are read only where asked
// for, or where the index does not tell a platform. An index of any content is shown: what is in
// it need not be sound.
func Inspect(ctx context.Context, repository registry.Repository, ref spec.Reference, withConfigs bool) (Inspection, error) {
	m, err := repository.Manifest(ctx, registry.RefOf(ref))
	if err != nil {
		return Inspection{}, registry.WrapOp("inspect", ref, err)
	}
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return Inspection{}, registry.WrapOp("inspect", ref, err)
	}
	result := Inspection{Reference: ref, Manifest: m, Annotations: doc.Annotations}
	if !m.MediaType.IsIndex() {
		result.Image, err = details(ctx, repository, doc, true, withConfigs)
		return result, registry.WrapOp("inspect", ref, err)
	}
	if len(doc.Manifests) > spec.MaxEntries {
		return Inspection{}, registry.WrapOp("inspect", ref, registry.Errorf(registry.ErrUnverified, "an index with more than %d entries", spec.MaxEntries))
	}
	result.Entries = make([]Inspected, len(doc.Manifests))
	err = parallel.Each(ctx, len(doc.Manifests), func(ctx context.Context, i int) (err error) {
		d := doc.Manifests[i]
		if result.Entries[i], err = inspectEntry(ctx, repository, d, withConfigs); errors.Is(err, registry.ErrUnverified) {
			result.Entries[i].Flaw, err = err, nil
		}
		return registry.WrapOp("inspect", spec.Reference{Place: ref.Place, Digest: d.Digest}, err)
	})
	return result, err
}

func inspectEntry(ctx context.Context, repository registry.Repository, d v1.Descriptor, withConfig bool) (Inspected, error) {
	e := Inspected{Descriptor: d, Platform: plan.Known(d.Platform)}
	subject, isAttestation := plan.Attests(d)
	if isAttestation {
		e.AttestationOf = subject
	}
	if !d.MediaType.IsImage() {
		return e, nil
	}
	m, err := repository.Manifest(ctx, registry.Ref{Digest: d.Digest})
	if errors.Is(err, registry.ErrNotFound) {
		e.Missing = true
		return e, nil
	}
	if err != nil {
		return e, err
	}
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return e, err
	}
	unknown := e.Platform.OS == "" && e.Platform.Architecture == ""
	e.Image, err = details(ctx, repository, doc, !isAttestation && unknown, withConfig)
	if unknown && !isAttestation && err == nil {
		e.Platform = e.Image.Platform
	}
	return e, err
}

// details reads what an image's own manifest does not hold, if it is needed.
func details(ctx context.Context, repository registry.Repository, doc registry.Document, platform, keep bool) (*ImageDetails, error) {
	d := &ImageDetails{Layers: doc.Layers}
	if doc.Config == nil {
		return d, nil
	}
	d.Config = *doc.Config
	if !platform && !keep {
		return d, nil
	}
	config, err := registry.ReadConfig(ctx, repository, *doc.Config)
	if err != nil {
		return d, err
	}
	d.Platform = config.Platform
	if keep {
		d.ConfigBytes = config.Bytes
	}
	return d, nil
}

// Select narrows an index down to the one entry for a platform, as an inspection of its own. A
// single image is its own selection, if it is for that platform.
func (i Inspection) Select(ctx context.Context, repository registry.Repository, want v1.Platform, withConfig bool) (Inspection, error) {
	if i.Image != nil {
		if spec.Matches(want, i.Image.Platform) {
			return i, nil
		}
		return i, registry.WrapOp("inspect", i.Reference, registry.Errorf(registry.ErrNotFound, "the image is for %s, not for %s", plan.Describe(i.Image.Platform), want))
	}
	entries, err := i.flat(ctx, repository, 1)
	if err != nil {
		return i, err
	}
	var matching []Inspected
	var there []string
	for _, e := range entries {
		there = append(there, plan.Describe(e.Platform))
		if plan.Matches(want, e.Platform) {
			matching = append(matching, e)
		}
	}
	if err := plan.ExactlyOne(len(matching), want, there); err != nil {
		return i, registry.WrapOp("inspect", i.Reference, err)
	}
	ref := spec.Reference{Place: i.Reference.Place, Digest: matching[0].Descriptor.Digest}
	return Inspect(ctx, repository, ref, withConfig)
}

// flat lists the images of an index, and of the indexes in it, as a push would take them.
func (i Inspection) flat(ctx context.Context, repository registry.Repository, depth int) ([]Inspected, error) {
	var images []Inspected
	for _, e := range i.Entries {
		switch {
		case e.AttestationOf != "":
		case e.Descriptor.MediaType.IsImage():
			images = append(images, e)
		case e.Descriptor.MediaType.IsIndex() && depth < maxDepth:
			inner, err := Inspect(ctx, repository, spec.Reference{Place: i.Reference.Place, Digest: e.Descriptor.Digest}, false)
			if err != nil {
				return nil, err
			}
			more, err := inner.flat(ctx, repository, depth+1)
			if err != nil {
				return nil, err
			}
			images = append(images, more...)
		}
	}
	return images, nil
}
