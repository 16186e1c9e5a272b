package registry

import (
	"context"
	"errors"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// refer brings what is about the images, so that it is found.
func (p *pusher) refer(ctx context.Context) error {
	var needed []Referral
	var images []Planned
	for _, r := range p.plan.Referrers {
		if !r.Needed {
			continue
		}
		needed = append(needed, r)
		for _, e := range r.Entries {
			same := func(o Planned) bool { return o.Manifest.Digest == e.Manifest.Digest }
			if e.Copy && !slices.ContainsFunc(images, same) {
				images = append(images, e)
			}
		}
	}
	var listed sync.Map // by digest
	if err := p.bring(ctx, images, func(ctx context.Context, m Manifest) error { return p.putReferrer(ctx, m, &listed) }); err != nil {
		return err
	}
	unlisted := map[v1.Hash][]Referral{}
	var subjects []v1.Hash
	var tagged []Referral
	for _, r := range needed {
		_, isListed := listed.Load(r.Manifest().Digest)
		switch {
		case r.Move != nil:
			tagged = append(tagged, r)
		case !isListed:
			if unlisted[r.Subject] == nil {
				subjects = append(subjects, r.Subject)
			}
			unlisted[r.Subject] = append(unlisted[r.Subject], r)
		}
	}
	return each(ctx, len(subjects)+len(tagged), func(ctx context.Context, i int) error {
		if i < len(subjects) {
			ref := p.byTag(referrersTag(subjects[i]))
			return opError("push", ref, p.list(ctx, subjects[i], unlisted[subjects[i]]))
		}
		r := tagged[i-len(subjects)]
		return opError("push", p.byTag(r.Move.Tag), p.tag(ctx, r))
	})
}

// putReferrer stores a manifest, and keeps whether the registry lists it. It is looked for: no index needs it,
// so nothing else would tell that it is not there.
func (p *pusher) putReferrer(ctx context.Context, m Manifest, listed *sync.Map) error {
	is, err := false, error(nil)
	if putter, ok := p.target.(ReferrerPutter); ok {
		is, err = putter.PutReferrer(ctx, m)
	} else {
		err = p.store(ctx, m)
	}
	if is {
		listed.Store(m.Digest, true)
	}
	if err == nil {
		_, err = p.target.Describe(ctx, Ref{Digest: m.Digest})
	}
	if errors.Is(err, ErrNotFound) {
		return Errorf(ErrRefused, "the registry took %s, but does not have it: %v", m.Digest, err)
	}
	return err
}

// tag sets one of cosign's tags.
func (p *pusher) tag(ctx context.Context, r Referral) error {
	if !r.Move.Needed {
		return nil
	}
	m, err := p.read(ctx, r)
	if err == nil {
		err = p.putIf(ctx, Ref{Tag: r.Move.Tag}, m, *r.Move)
	}
	if err == nil {
		_, err = p.readBack(ctx, Ref{Tag: r.Move.Tag}, *r.Move)
	}
	return err
}

func (p *pusher) read(ctx context.Context, r Referral) (Manifest, error) {
	e := r.Entries[len(r.Entries)-1]
	source, err := p.session.Open(ctx, e.From)
	if err != nil {
		return Manifest{}, err
	}
	return source.Manifest(ctx, Ref{Digest: e.Manifest.Digest})
}
