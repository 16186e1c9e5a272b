package push

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// listTries is how often a list of referrers is written that somebody else changes too.
const listTries = 3

// list puts referrers into the list under the tag for that, where the registry keeps none itself. What
// others have put there stays. No registry can change a tag only if it is what it was, so what was written
// is looked at again.
func (p *pusher) list(ctx context.Context, subject v1.Hash, referrers []plan.PlannedReferrer) error {
	if there, err := registry.ListReferrers(ctx, p.target, subject); err == nil && lists(there, referrers) {
		return nil // by itself, though it did not say so
	}
	ref := registry.Ref{Tag: registry.ReferrersTag(subject)}
	for try := 0; ; try++ {
		l, err := p.referrersList(ctx, ref)
		if err != nil {
			return err
		}
		var there []v1.Descriptor
		for _, e := range l.Entries {
			there = append(there, e.Descriptor)
		}
		switch {
		case lists(there, referrers):
			return nil
		case try == listTries:
			return registry.Errorf(registry.ErrRefused, "somebody else goes on changing what refers to %s", subject)
		}
		for _, r := range referrers {
			if lists(there, []plan.PlannedReferrer{r}) {
				continue
			}
			m, err := p.read(ctx, r)
			if err == nil {
				err = l.AddReferrer(m)
			}
			if err != nil {
				return err
			}
		}
		m, err := l.Manifest()
		if err == nil {
			err = p.target.PutManifest(ctx, ref, m)
		}
		if err == nil {
			_, err = p.readBack(ctx, ref, plan.TagUpdate{From: l.digest, To: m.Digest})
		}
		if conflict := (*ConflictError)(nil); !errors.As(err, &conflict) {
			return err
		}
	}
}

// lists tells whether all of some referrers are listed.
func lists(there []v1.Descriptor, referrers []plan.PlannedReferrer) bool {
	for _, r := range referrers {
		same := func(d v1.Descriptor) bool { return d.Digest == r.Descriptor.Digest }
		if !slices.ContainsFunc(there, same) {
			return false
		}
	}
	return true
}

type referrersList struct {
	index.Index
	digest v1.Hash // of what was read
}

// referrersList reads a list of referrers, which is empty if it is not there.
func (p *pusher) referrersList(ctx context.Context, ref registry.Ref) (referrersList, error) {
	m, err := p.target.Manifest(ctx, ref)
	switch {
	case errors.Is(err, registry.ErrNotFound):
		return referrersList{Index: index.New(types.OCIImageIndex)}, nil
	case err != nil:
		return referrersList{}, err
	case !m.MediaType.IsIndex():
		return referrersList{}, registry.Errorf(registry.ErrRefused, "it should list what refers to an image, but it is no index")
	}
	l, err := index.Parse(m)
	return referrersList{l, m.Digest}, err
}
