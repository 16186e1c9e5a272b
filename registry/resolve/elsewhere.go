package resolve

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/verify"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Elsewhere finds what a target lacks in other places, the first of which wins. What a missing manifest needs in turn is
// looked for too, as far as the target lacks it.
func Elsewhere(ctx context.Context, session registry.Session, target spec.Place, lacks verify.Lacks, places []spec.Place) (plan.Restoration, error) {
	f := &finder{restoration: plan.Restoration{Target: target, Force: lacks.Damaged}, found: map[v1.Hash]bool{}}
	var err error
	if f.target, err = session.Open(ctx, target); err != nil {
		return f.restoration, registry.WrapOp("open", target, err)
	}
	if cached, ok := f.target.(interface{ Uncached() registry.Repository }); ok {
		f.target = cached.Uncached()
	}
	for _, place := range places {
		if place == target {
			continue
		}
		repository, err := session.Open(ctx, place)
		if err != nil {
			return f.restoration, registry.WrapOp("open", place, err)
		}
		f.sources = append(f.sources, sourceOfContent{repository, place})
	}
	if _, err = f.blobs(ctx, lacks.Blobs); err != nil {
		return f.restoration, err
	}
	for _, d := range lacks.Manifests {
		if _, err := f.manifest(ctx, d.Digest, 0); err != nil {
			return f.restoration, err
		}
	}
	return f.restoration, nil
}

type sourceOfContent struct {
	registry.Repository
	place spec.Place
}

// A finder looks for manifests and blobs in other places.
type finder struct {
	target      registry.Repository
	sources     []sourceOfContent
	restoration plan.Restoration
	found       map[v1.Hash]bool // what was looked for, and whether it was found
}

func (f *finder) result(digest v1.Hash, ok bool) bool {
	if f.found[digest] = ok; !ok {
		f.restoration.NotFound = append(f.restoration.NotFound, digest)
	}
	return ok
}

// manifest finds a manifest and all that it needs.
func (f *finder) manifest(ctx context.Context, digest v1.Hash, depth int) (bool, error) {
	if known, ok := f.found[digest]; ok {
		return known, nil
	}
	if depth > maxDepth || len(f.found) > spec.MaxEntries*registry.MaxDescriptors {
		return f.result(digest, false), nil
	}
	m, from, err := f.read(ctx, digest)
	if err != nil || from.Repository == nil {
		return f.result(digest, false), err
	}
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return f.result(digest, false), nil
	}
	whole, err := f.children(ctx, doc.Manifests, depth)
	if err == nil && whole {
		var lacking []v1.Descriptor
		if lacking, err = f.lacking(ctx, doc.Blobs()); err == nil {
			whole, err = f.blobs(ctx, lacking)
		}
	}
	if err == nil && whole {
		f.restoration.AddManifest(m, from.place, doc.SubjectDigest())
	}
	return f.result(digest, whole && err == nil), err
}

// read reads a manifest from the first place that holds it.
func (f *finder) read(ctx context.Context, digest v1.Hash) (registry.Manifest, sourceOfContent, error) {
	for _, source := range f.sources {
		m, err := source.Manifest(ctx, registry.Ref{Digest: digest})
		if err == nil {
			return m, source, nil
		}
		if !isFact(err) {
			return m, sourceOfContent{}, registry.WrapOp("read", spec.Reference{Place: source.place, Digest: digest}, err)
		}
	}
	return registry.Manifest{}, sourceOfContent{}, nil
}

// children finds those manifests of an index that the target lacks.
func (f *finder) children(ctx context.Context, all []v1.Descriptor, depth int) (whole bool, err error) {
	gone := make([]bool, len(all))
	err = parallel.Each(ctx, len(all), func(ctx context.Context, i int) error {
		_, err := f.target.Describe(ctx, registry.Ref{Digest: all[i].Digest})
		if gone[i] = errors.Is(err, registry.ErrNotFound); gone[i] || err != nil && isFact(err) {
			return nil
		}
		return err
	})
	whole = true
	for i, d := range all {
		if err == nil && gone[i] {
			var ok bool
			ok, err = f.manifest(ctx, d.Digest, depth+1)
			whole = whole && ok
		}
	}
	return whole, err
}

// lacking are the blobs that the target lacks.
func (f *finder) lacking(ctx context.Context, all []v1.Descriptor) ([]v1.Descriptor, error) {
	held := make([]bool, len(all))
	err := parallel.Each(ctx, len(all), func(ctx context.Context, i int) (err error) {
		held[i], err = f.target.HasBlob(ctx, all[i])
		return err
	})
	var lacking []v1.Descriptor
	for i, d := range all {
		if !held[i] {
			lacking = append(lacking, d)
		}
	}
	return lacking, err
}

// blobs finds blobs, each in the first place that holds it.
func (f *finder) blobs(ctx context.Context, all []v1.Descriptor) (whole bool, err error) {
	from := make([]*sourceOfContent, len(all))
	err = parallel.Each(ctx, len(all), func(ctx context.Context, i int) error {
		for k := range f.sources {
			has, err := f.sources[k].HasBlob(ctx, all[i])
			if err != nil && !isFact(err) {
				return registry.WrapOp("read", f.sources[k].place, err)
			}
			if has {
				from[i] = &f.sources[k]
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	whole = true
	for i, d := range all {
		known, again := f.found[d.Digest]
		if !again {
			if known = f.result(d.Digest, from[i] != nil); known {
				f.restoration.Blobs = append(f.restoration.Blobs, plan.BlobSource{Descriptor: d, From: from[i].place})
			}
		}
		whole = whole && known
	}
	return whole, nil
}
