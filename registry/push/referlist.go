package push

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

const (
	// listTries is how often a list of referrers is written that other clients change too.
	listTries = 10
	// listSettles is how long a client may need between its last look at a list and its write. After that
	// time, a look at the list shows whether another client has overwritten what we wrote.
	listSettles = time.Second
)

// listAll lists the manifests that name a subject where the registry does not list them itself. Another client
// may have read a list before we wrote it and write its own list after that, so each list that was written is
// looked at once more.
func (p *pusher) listAll(ctx context.Context) error {
	subjects := p.unlisted.subjects()
	for range listTries {
		written, err := p.listOnce(ctx, subjects)
		if err != nil || len(written) == 0 || p.plan.Target.Kind != spec.Registry {
			return err
		}
		if err := pause(ctx, listSettles); err != nil {
			return err
		}
		subjects = written
	}
	return registry.Errorf(registry.ErrRefused, "push %s: somebody else goes on changing what refers to it", subjects[0])
}

// listOnce sees to it that all referrers of some subjects are listed, and returns the subjects whose lists it
// has written.
func (p *pusher) listOnce(ctx context.Context, subjects []v1.Hash) (written []v1.Hash, err error) {
	changed := make([]bool, len(subjects))
	err = parallel.Each(ctx, len(subjects), func(ctx context.Context, i int) (err error) {
		changed[i], err = p.list(ctx, subjects[i], p.unlisted.referrers(subjects[i]))
		return p.forgive(subjects[i], registry.WrapOp("push", p.byTag(registry.ReferrersTag(subjects[i])), err))
	})
	for i, subject := range subjects {
		if changed[i] {
			written = append(written, subject)
		}
	}
	return written, err
}

// forgive makes a warning of a list that the registry does not let us write, where nobody has asked for
// referrers. The index still leads to its attestations.
func (p *pusher) forgive(subject v1.Hash, err error) error {
	refused := errors.Is(err, registry.ErrRefused) || errors.Is(err, registry.ErrDenied)
	if !refused || p.options.Strict || p.isPlannedSubject(subject) || p.options.Warn == nil {
		return err
	}
	p.options.Warn(fmt.Sprintf("what refers to %s is not listed: %v", subject, err))
	return nil
}

// list puts referrers into the list under the tag for that. What others have put there stays. No registry can
// change a tag on condition that it is unchanged, so what was written is looked at again. It reports whether it
// has written.
func (p *pusher) list(ctx context.Context, subject v1.Hash, referrers []index.Entry) (written bool, err error) {
	if own, err := registry.OwnReferrers(ctx, p.target, subject); err == nil && lists(entriesOf(own.Value), referrers) {
		return false, nil // by itself, though it did not say so
	}
	ref := registry.Ref{Tag: registry.ReferrersTag(subject)}
	for try := range listTries {
		l, err := p.referrersList(ctx, subject)
		if err != nil || lists(l.Entries, referrers) {
			return written, err
		}
		for _, r := range referrers {
			if !lists(l.Entries, []index.Entry{r}) {
				l.Entries = append(l.Entries, r)
			}
		}
		m, err := l.Manifest()
		if err == nil {
			err = p.putList(ctx, ref, m)
		}
		if err == nil {
			written, err = true, p.readBackList(ctx, ref, plan.TagUpdate{From: l.digest, To: m.Digest})
		}
		if conflict := (*ConflictError)(nil); !errors.As(err, &conflict) {
			return written, err
		}
		// a random wait: clients that write again at the same time would meet again
		if err := pause(ctx, rand.N(20*time.Millisecond<<min(try, 5))); err != nil {
			return written, err
		}
	}
	return written, registry.Errorf(registry.ErrRefused, "somebody else goes on changing what refers to %s", subject)
}

// putList stores a list of referrers. The registry may take its time to find a referrer that it was given.
func (p *pusher) putList(ctx context.Context, ref registry.Ref, m registry.Manifest) error {
	put := func(ctx context.Context) error { return p.target.PutManifest(ctx, ref, m) }
	err := patiently(ctx, put, func(context.Context) error { return nil })
	if errors.Is(err, registry.ErrNotFound) {
		return registry.Errorf(registry.ErrRefused, "%v", err)
	}
	return err
}

// readBackList makes sure that a list is what others get. Some registries take a list and never show it.
func (p *pusher) readBackList(ctx context.Context, ref registry.Ref, u plan.TagUpdate) error {
	held, err := p.readBack(ctx, ref, u)
	if !held && errors.Is(err, registry.ErrUnavailable) {
		return registry.Errorf(registry.ErrRefused, "%v", err)
	}
	return err
}

// lists reports whether all of some referrers are listed.
func lists(there, referrers []index.Entry) bool {
	for _, r := range referrers {
		same := func(e index.Entry) bool { return e.Descriptor.Digest == r.Descriptor.Digest }
		if !slices.ContainsFunc(there, same) {
			return false
		}
	}
	return true
}

func entriesOf(listed []v1.Descriptor) []index.Entry {
	entries := make([]index.Entry, len(listed))
	for i, d := range listed {
		entries[i].Descriptor = d
	}
	return entries
}

type referrersList struct {
	index.Index
	digest v1.Hash // of what was read
}

// referrersList reads a list of referrers. The list is empty if it is not there, or is not shown. What else
// stands under the tag is left alone.
func (p *pusher) referrersList(ctx context.Context, subject v1.Hash) (referrersList, error) {
	there, err := registry.ReadOptional(ctx, p.target, registry.Ref{Tag: registry.ReferrersTag(subject)})
	switch m := there.Value; {
	case err != nil:
		return referrersList{}, err
	case there.Outcome != registry.Found:
		return referrersList{Index: index.New(types.OCIImageIndex)}, nil
	case m.Digest == subject:
		return referrersList{}, registry.Errorf(registry.ErrRefused, "the registry reads this tag as the digest of the image, so what refers to the image cannot be listed there")
	case !registry.IsReferrersList(m, subject):
		return referrersList{}, registry.Errorf(registry.ErrRefused, "this tag is to list what refers to %s, but holds something else, %s, which is no index", subject, m.Digest)
	default:
		l, err := index.Parse(m)
		return referrersList{l, m.Digest}, err
	}
}
