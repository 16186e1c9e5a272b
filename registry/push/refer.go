package push

import (
	"context"
	"errors"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// refer brings what is about the images, so that it is found.
func (p *pusher) refer(ctx context.Context) error {
	var needed []plan.PlannedReferrer
	var images []plan.Entry
	for _, r := range p.plan.Referrers {
		if !r.Needed {
			continue
		}
		needed = append(needed, r)
		for _, e := range r.All() {
			same := func(o plan.Entry) bool { return o.Descriptor.Digest == e.Descriptor.Digest }
			if e.Copy && !slices.ContainsFunc(images, same) {
				images = append(images, e)
			}
		}
	}
	var listed sync.Map // by digest
	if err := p.copyImages(ctx, images, func(ctx context.Context, m registry.Manifest) error { return p.putReferrer(ctx, m, &listed) }); err != nil {
		return err
	}
	unlisted := map[v1.Hash][]plan.PlannedReferrer{}
	var subjects []v1.Hash
	var tagged []plan.PlannedReferrer
	for _, r := range needed {
		_, isListed := listed.Load(r.Descriptor.Digest)
		switch {
		case r.TagUpdate != nil:
			tagged = append(tagged, r)
		case !isListed:
			if unlisted[r.Subject] == nil {
				subjects = append(subjects, r.Subject)
			}
			unlisted[r.Subject] = append(unlisted[r.Subject], r)
		}
	}
	return parallel.Each(ctx, len(subjects)+len(tagged), func(ctx context.Context, i int) error {
		if i < len(subjects) {
			ref := p.byTag(registry.ReferrersTag(subjects[i]))
			return registry.WrapOp("push", ref, p.list(ctx, subjects[i], unlisted[subjects[i]]))
		}
		r := tagged[i-len(subjects)]
		return registry.WrapOp("push", p.byTag(r.TagUpdate.Tag), p.tag(ctx, r))
	})
}

// putReferrer stores a manifest, and keeps whether the registry lists it. It is looked for: no index needs it,
// so nothing else would tell that it is not there.
func (p *pusher) putReferrer(ctx context.Context, m registry.Manifest, listed *sync.Map) error {
	is, err := false, error(nil)
	if putter, ok := p.target.(registry.ReferrerPutter); ok {
		is, err = putter.PutReferrer(ctx, m)
	} else {
		err = p.store(ctx, m)
	}
	if is {
		listed.Store(m.Digest, true)
	}
	if err == nil {
		_, err = p.target.Describe(ctx, registry.Ref{Digest: m.Digest})
	}
	if errors.Is(err, registry.ErrNotFound) {
		return registry.Errorf(registry.ErrRefused, "the registry took %s, but does not have it: %v", m.Digest, err)
	}
	return err
}

// tag sets one of cosign's tags.
func (p *pusher) tag(ctx context.Context, r plan.PlannedReferrer) error {
	if !r.TagUpdate.Needed {
		return nil
	}
	m, err := p.read(ctx, r)
	if err == nil {
		err = p.putIf(ctx, registry.Ref{Tag: r.TagUpdate.Tag}, m, *r.TagUpdate)
	}
	if err == nil {
		_, err = p.readBack(ctx, registry.Ref{Tag: r.TagUpdate.Tag}, *r.TagUpdate)
	}
	return err
}

func (p *pusher) read(ctx context.Context, r plan.PlannedReferrer) (registry.Manifest, error) {
	source, err := p.session.Open(ctx, r.From)
	if err != nil {
		return registry.Manifest{}, err
	}
	return source.Manifest(ctx, registry.Ref{Digest: r.Descriptor.Digest})
}
