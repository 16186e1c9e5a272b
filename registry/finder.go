package registry

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// ResolveReferrers finds what is about an image that was resolved, and about all that is below it, and what
// the targets have of that.
func ResolveReferrers(ctx context.Context, session Session, s spec.Spec, o Original) (Original, error) {
	elsewhere := func(t spec.Target) bool { return t.Place != o.Reference.Place }
	if !slices.ContainsFunc(s.Targets, elsewhere) {
		return o, nil // it is all there
	}
	r, err := newResolver(ctx, session, s)
	if err != nil {
		return o, err
	}
	for i, t := range r.targets {
		t.held = o.Targets[i]
	}
	source, err := session.Open(ctx, o.Reference.Place)
	if err != nil {
		return o, opError("open", o.Reference.Place, err)
	}
	f := finder{imageReader: imageReader{resolver: r, repository: source, place: o.Reference.Place}, seen: map[v1.Hash]bool{}}
	level := []v1.Hash{o.Manifest.Digest}
	for _, image := range o.Below {
		level = append(level, image.Descriptor.Digest)
	}
	if err = f.walk(ctx, level, &o); err != nil {
		return o, opError("read", o.Reference, err)
	}
	err = each(ctx, len(o.Referrers)*len(r.targets), func(ctx context.Context, i int) error {
		return r.targets[i%len(r.targets)].refers(ctx, o.Referrers[i/len(r.targets)], source)
	})
	o.Targets = r.held()
	return o, err
}

// A finder finds what is about manifests.
type finder struct {
	imageReader
	seen  map[v1.Hash]bool
	found atomic.Int64
}

// count lets some more be read, as long as there is an end to it.
func (f *finder) count(n int) error {
	if f.found.Add(int64(n)) > spec.MaxEntries {
		return Errorf(ErrUnverified, "more than %d referrers", spec.MaxEntries)
	}
	return nil
}

// walk looks for what is about some manifests, then for what is about that, and so on.
func (f *finder) walk(ctx context.Context, level []v1.Hash, o *Original) error {
	for depth := 0; ; depth++ {
		level = slices.DeleteFunc(level, func(h v1.Hash) bool {
			old := f.seen[h]
			f.seen[h] = true
			return old
		})
		if len(level) == 0 {
			return nil
		}
		if depth > maxDepth {
			return Errorf(ErrUnverified, "referrers of referrers, more than %d deep", maxDepth)
		}
		found := make([][]Referrer, len(level))
		gone := make([][]v1.Hash, len(level))
		err := each(ctx, len(level), func(ctx context.Context, i int) (err error) {
			found[i], gone[i], err = f.about(ctx, level[i])
			return err
		})
		if err != nil {
			return err
		}
		level = nil
		for _, referrer := range slices.Concat(found...) {
			o.Referrers = append(o.Referrers, referrer)
			for _, image := range referrer.Images {
				level = append(level, image.Descriptor.Digest)
			}
		}
		o.Gone = append(o.Gone, slices.Concat(gone...)...)
	}
}

// about finds what is about one manifest. What is listed, but gone, is not there.
func (f *finder) about(ctx context.Context, subject v1.Hash) (found []Referrer, gone []v1.Hash, err error) {
	listed, err := listReferrers(ctx, f.repository, subject)
	if err != nil {
		return nil, nil, err
	}
	known := map[v1.Hash]bool{}
	listed = slices.DeleteFunc(listed, func(d v1.Descriptor) bool {
		again := f.seen[d.Digest] || known[d.Digest] // such as attestations, or what a list has twice
		known[d.Digest] = true
		return again
	})
	if err := f.count(len(listed)); err != nil {
		return nil, nil, err
	}
	all := make([]Referrer, len(listed)+len(cosignSuffixes))
	err = each(ctx, len(all), func(ctx context.Context, i int) (err error) {
		if i < len(listed) {
			all[i], err = f.referrer(ctx, subject, listed[i])
		} else {
			all[i], err = f.signature(ctx, subject, referrersTag(subject)+cosignSuffixes[i-len(listed)])
		}
		return err
	})
	for i, referrer := range all {
		switch {
		case referrer.Images != nil:
			found = append(found, referrer)
		case i < len(listed):
			gone = append(gone, listed[i].Digest)
		}
	}
	return found, gone, err
}

// referrer reads a manifest that names the subject.
func (f *finder) referrer(ctx context.Context, subject v1.Hash, d v1.Descriptor) (Referrer, error) {
	m, err := f.manifest(ctx, d)
	if errors.Is(err, ErrNotFound) {
		return Referrer{}, nil
	}
	if err != nil {
		return Referrer{}, err
	}
	doc, err := parse(m)
	if err == nil && (doc.Subject == nil || doc.Subject.Digest != subject) {
		err = Errorf(ErrUnverified, "%s is listed as a referrer of %s, but does not name it", d.Digest, subject)
	}
	if err != nil {
		return Referrer{}, err
	}
	images, err := f.whole(ctx, m)
	return Referrer{Subject: subject, Images: images}, err
}

// signature reads what cosign keeps under a tag, if there is such a thing.
func (f *finder) signature(ctx context.Context, subject v1.Hash, tag string) (Referrer, error) {
	m, err := f.repository.Manifest(ctx, Ref{Tag: tag})
	if errors.Is(err, ErrNotFound) {
		return Referrer{}, nil
	}
	if err != nil {
		return Referrer{}, err
	}
	if err := f.count(1); err != nil {
		return Referrer{}, err
	}
	images, err := f.whole(ctx, m)
	return Referrer{Subject: subject, Tag: tag, Images: images}, err
}

// whole reads a manifest with all that is below it, and asks the targets for that.
func (f *finder) whole(ctx context.Context, m Manifest) ([]Image, error) {
	var all []Image
	if m.MediaType.IsIndex() {
		if err := f.list(ctx, m, 1, &all); err != nil {
			return nil, err
		}
		if err := f.count(len(all)); err != nil {
			return nil, err
		}
	}
	all = append(all, Image{Place: f.place, Descriptor: m.Descriptor()})
	err := each(ctx, len(all), func(ctx context.Context, i int) error {
		reads := f.present(all[i].Descriptor.Digest)
		if !all[i].Descriptor.MediaType.IsIndex() {
			reads = append(reads, func(ctx context.Context) error { return f.read(ctx, &all[i], false) })
		}
		return each(ctx, len(reads), func(ctx context.Context, i int) error { return reads[i](ctx) })
	})
	return all, err
}
