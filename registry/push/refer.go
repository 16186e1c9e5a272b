package push

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// refer copies the referrers of the images, lists all manifests that have a subject, and sets cosign's tags.
func (p *pusher) refer(ctx context.Context) error {
	var tagged []plan.PlannedReferrer
	var images []plan.Entry
	for _, r := range p.plan.Referrers {
		if !r.Needed {
			continue
		}
		if r.TagUpdate != nil && r.TagUpdate.Needed {
			tagged = append(tagged, r)
		}
		for _, e := range r.All() {
			same := func(o plan.Entry) bool { return o.Descriptor.Digest == e.Descriptor.Digest }
			if e.Copy && !slices.ContainsFunc(images, same) {
				images = append(images, e)
			}
		}
	}
	if err := p.copyImages(ctx, images, p.putReferrer); err != nil {
		return err
	}
	if err := p.addPresent(ctx); err != nil {
		return err
	}
	if err := p.listAll(ctx); err != nil {
		return err
	}
	return parallel.Each(ctx, len(tagged), func(ctx context.Context, i int) error {
		return registry.WrapOp("push", p.byTag(tagged[i].TagUpdate.Tag), p.tag(ctx, tagged[i]))
	})
}

// putReferrer stores a referrer, and keeps it for listAll if the target does not list it. It checks that the
// referrer exists, because no index needs the referrer, so nothing else would detect a lost one.
func (p *pusher) putReferrer(ctx context.Context, m registry.Manifest) error {
	listed, err := p.putByDigest(ctx, m)
	if err == nil && !listed {
		err = p.unlisted.add(m)
	}
	if err != nil {
		return err
	}
	_, err = p.target.Describe(ctx, registry.Ref{Digest: m.Digest})
	if errors.Is(err, registry.ErrNotFound) {
		return registry.Errorf(registry.ErrRefused, "the registry accepted %s, but does not store it: %v", m.Digest, err)
	}
	return err
}

// isPlannedSubject reports whether the user has asked for the referrers of a manifest.
func (p *pusher) isPlannedSubject(subject v1.Hash) bool {
	return slices.ContainsFunc(p.plan.Referrers, func(r plan.PlannedReferrer) bool { return r.Subject == subject })
}

// tag sets one of cosign's tags.
func (p *pusher) tag(ctx context.Context, r plan.PlannedReferrer) error {
	source, err := p.session.Open(ctx, r.From)
	if err != nil {
		return err
	}
	m, err := source.Manifest(ctx, registry.Ref{Digest: r.Descriptor.Digest})
	if err == nil {
		err = p.putIf(ctx, registry.Ref{Tag: r.TagUpdate.Tag}, m, *r.TagUpdate)
	}
	if err == nil {
		_, err = p.readBack(ctx, registry.Ref{Tag: r.TagUpdate.Tag}, *r.TagUpdate)
	}
	return err
}
