package resolve

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// ResolveReferrers finds what is about an image that was resolved, and about all that is below it, and what
// the targets have of that.
func Referrers(ctx context.Context, session registry.Session, s spec.Spec, o plan.ImageTree) (plan.ImageTree, error) {
	elsewhere := func(t spec.Target) bool { return t.Place != o.Reference.Place }
	if !slices.ContainsFunc(s.Targets, elsewhere) {
		return o, nil // it is all there
	}
	r, err := newResolver(ctx, session, s)
	if err != nil {
		return o, err
	}
	for i, t := range r.targets {
		t.state = o.Targets[i]
	}
	source, err := session.Open(ctx, o.Reference.Place)
	if err != nil {
		return o, registry.WrapOp("open", o.Reference.Place, err)
	}
	f := referrerWalker{imageReader: imageReader{resolver: r, repository: source, place: o.Reference.Place}, seen: map[v1.Hash]bool{}}
	level := []v1.Hash{o.Manifest.Digest}
	for _, image := range o.Descendants {
		level = append(level, image.Descriptor.Digest)
	}
	if err = f.walk(ctx, level, &o); err != nil {
		return o, registry.WrapOp("read", o.Reference, err)
	}
	err = parallel.Each(ctx, len(o.Referrers)*len(r.targets), func(ctx context.Context, i int) error {
		return r.targets[i%len(r.targets)].checkReferrer(ctx, o.Referrers[i/len(r.targets)], source)
	})
	o.Targets = r.targetStates()
	return o, err
}

// A finder finds what is about manifests.
type referrerWalker struct {
	imageReader
	seen       map[v1.Hash]bool
	entryCount atomic.Int64
}

// count lets some more be read, as long as there is an end to it.
func (f *referrerWalker) count(n int) error {
	if f.entryCount.Add(int64(n)) > spec.MaxEntries {
		return registry.Errorf(registry.ErrUnverified, "more than %d referrers", spec.MaxEntries)
	}
	return nil
}

// walk looks for what is about some manifests, then for what is about that, and so on.
func (f *referrerWalker) walk(ctx context.Context, level []v1.Hash, o *plan.ImageTree) error {
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
			return registry.Errorf(registry.ErrUnverified, "referrers of referrers, more than %d deep", maxDepth)
		}
		found := make([][]plan.Referrer, len(level))
		gone := make([][]v1.Hash, len(level))
		err := parallel.Each(ctx, len(level), func(ctx context.Context, i int) (err error) {
			found[i], gone[i], err = f.referrersOf(ctx, level[i])
			return err
		})
		if err != nil {
			return err
		}
		level = nil
		for _, referrer := range slices.Concat(found...) {
			o.Referrers = append(o.Referrers, referrer)
			for _, image := range referrer.Nodes {
				level = append(level, image.Descriptor.Digest)
			}
		}
		o.Gone = append(o.Gone, slices.Concat(gone...)...)
	}
}

// about finds what is about one manifest. What is listed, but gone, is not there.
func (f *referrerWalker) referrersOf(ctx context.Context, subject v1.Hash) (found []plan.Referrer, gone []v1.Hash, err error) {
	listed, err := registry.ListReferrers(ctx, f.repository, subject)
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
	all := make([]plan.Referrer, len(listed)+len(registry.CosignSuffixes))
	err = parallel.Each(ctx, len(all), func(ctx context.Context, i int) (err error) {
		if i < len(listed) {
			all[i], err = f.referrer(ctx, subject, listed[i])
		} else {
			all[i], err = f.signature(ctx, subject, registry.ReferrersTag(subject)+registry.CosignSuffixes[i-len(listed)])
		}
		return err
	})
	for i, referrer := range all {
		switch {
		case referrer.Nodes != nil:
			found = append(found, referrer)
		case i < len(listed):
			gone = append(gone, listed[i].Digest)
		}
	}
	return found, gone, err
}

// referrer reads a manifest that names the subject.
func (f *referrerWalker) referrer(ctx context.Context, subject v1.Hash, d v1.Descriptor) (plan.Referrer, error) {
	m, err := f.manifest(ctx, d)
	if errors.Is(err, registry.ErrNotFound) {
		return plan.Referrer{}, nil
	}
	if err != nil {
		return plan.Referrer{}, err
	}
	doc, err := registry.ParseDocument(m)
	if err == nil && (doc.Subject == nil || doc.Subject.Digest != subject) {
		err = registry.Errorf(registry.ErrUnverified, "%s is listed as a referrer of %s, but does not name it", d.Digest, subject)
	}
	if err != nil {
		return plan.Referrer{}, err
	}
	images, err := f.readTree(ctx, m)
	return plan.Referrer{Subject: subject, Nodes: images}, err
}

// signature reads what cosign keeps under a tag, if there is such a thing.
func (f *referrerWalker) signature(ctx context.Context, subject v1.Hash, tag string) (plan.Referrer, error) {
	m, err := f.repository.Manifest(ctx, registry.Ref{Tag: tag})
	if errors.Is(err, registry.ErrNotFound) {
		return plan.Referrer{}, nil
	}
	if err != nil {
		return plan.Referrer{}, err
	}
	if err := f.count(1); err != nil {
		return plan.Referrer{}, err
	}
	images, err := f.readTree(ctx, m)
	return plan.Referrer{Subject: subject, Tag: tag, Nodes: images}, err
}

// whole reads a manifest with all that is below it, and asks the targets for that.
func (f *referrerWalker) readTree(ctx context.Context, m registry.Manifest) ([]plan.Node, error) {
	var all []plan.Node
	if m.MediaType.IsIndex() {
		if err := f.list(ctx, m, 1, &all); err != nil {
			return nil, err
		}
		if err := f.count(len(all)); err != nil {
			return nil, err
		}
	}
	all = append(all, plan.Node{Place: f.place, Descriptor: m.Descriptor()})
	err := parallel.Each(ctx, len(all), func(ctx context.Context, i int) error {
		reads := f.present(all[i].Descriptor.Digest)
		if !all[i].Descriptor.MediaType.IsIndex() {
			reads = append(reads, func(ctx context.Context) error { return f.read(ctx, &all[i], false) })
		}
		return parallel.Each(ctx, len(reads), func(ctx context.Context, i int) error { return reads[i](ctx) })
	})
	return all, err
}
