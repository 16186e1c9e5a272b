package registry

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// An Inspection is what there is under a reference: an index with its entries, or a single image.
type Inspection struct {
	Reference   spec.Reference
	Manifest    Manifest
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
func Inspect(ctx context.Context, repository Repository, ref spec.Reference, withConfigs bool) (Inspection, error) {
	m, err := repository.Manifest(ctx, RefOf(ref))
	if err != nil {
		return Inspection{}, opError("inspect", ref, err)
	}
	doc, err := parse(m)
	if err != nil {
		return Inspection{}, opError("inspect", ref, err)
	}
	result := Inspection{Reference: ref, Manifest: m, Annotations: doc.Annotations}
	if !m.MediaType.IsIndex() {
		result.Image, err = details(ctx, repository, doc, true, withConfigs)
		return result, opError("inspect", ref, err)
	}
	if len(doc.Manifests) > spec.MaxEntries {
		return Inspection{}, opError("inspect", ref, Errorf(ErrUnverified, "an index with more than %d entries", spec.MaxEntries))
	}
	result.Entries = make([]Inspected, len(doc.Manifests))
	err = each(ctx, len(doc.Manifests), func(ctx context.Context, i int) (err error) {
		d := doc.Manifests[i]
		if result.Entries[i], err = inspectEntry(ctx, repository, d, withConfigs); errors.Is(err, ErrUnverified) {
			result.Entries[i].Flaw, err = err, nil
		}
		return opError("inspect", spec.Reference{Place: ref.Place, Digest: d.Digest}, err)
	})
	return result, err
}

func inspectEntry(ctx context.Context, repository Repository, d v1.Descriptor, withConfig bool) (Inspected, error) {
	e := Inspected{Descriptor: d, Platform: known(d.Platform)}
	subject, isAttestation := attests(d)
	if isAttestation {
		e.AttestationOf = subject
	}
	if !d.MediaType.IsImage() {
		return e, nil
	}
	m, err := repository.Manifest(ctx, Ref{Digest: d.Digest})
	if errors.Is(err, ErrNotFound) {
		e.Missing = true
		return e, nil
	}
	if err != nil {
		return e, err
	}
	doc, err := parse(m)
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
func details(ctx context.Context, repository Repository, doc document, platform, keep bool) (*ImageDetails, error) {
	d := &ImageDetails{Layers: doc.Layers}
	if doc.Config == nil {
		return d, nil
	}
	d.Config = *doc.Config
	if !platform && !keep {
		return d, nil
	}
	config, err := ReadConfig(ctx, repository, *doc.Config)
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
func (i Inspection) Select(ctx context.Context, repository Repository, want v1.Platform, withConfig bool) (Inspection, error) {
	if i.Image != nil {
		if spec.Matches(want, i.Image.Platform) {
			return i, nil
		}
		return i, opError("inspect", i.Reference, Errorf(ErrNotFound, "the image is for %s, not for %s", describe(i.Image.Platform), want))
	}
	entries, err := i.flat(ctx, repository, 1)
	if err != nil {
		return i, err
	}
	var matching []Inspected
	var there []string
	for _, e := range entries {
		there = append(there, describe(e.Platform))
		if matches(want, e.Platform) {
			matching = append(matching, e)
		}
	}
	if err := exactlyOne(len(matching), want, there); err != nil {
		return i, opError("inspect", i.Reference, err)
	}
	ref := spec.Reference{Place: i.Reference.Place, Digest: matching[0].Descriptor.Digest}
	return Inspect(ctx, repository, ref, withConfig)
}

// flat lists the images of an index, and of the indexes in it, as a push would take them.
func (i Inspection) flat(ctx context.Context, repository Repository, depth int) ([]Inspected, error) {
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
