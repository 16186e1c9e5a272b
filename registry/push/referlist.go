package push

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// list adds referrers to the list under the referrers tag, and keeps the entries of other clients. No registry has
// a conditional PUT, so the list is read again after the write. list returns the digest of the list, if it has
// written one.
func (p *pusher) list(ctx context.Context, subject v1.Hash, referrers []index.Entry) (written v1.Hash, err error) {
	if own, err := registry.OwnReferrers(ctx, p.target, subject); err == nil && lists(entriesOf(own.Value), referrers) {
		return written, nil // the registry lists it, but did not report that
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
		if err = refusedList(err); err == nil {
			err = p.putList(ctx, ref, m)
		}
		if err == nil {
			written, err = m.Digest, p.readBackList(ctx, ref, plan.TagUpdate{From: l.digest, To: m.Digest})
		}
		if conflict := (*ConflictError)(nil); !errors.As(err, &conflict) {
			return written, err
		}
		// a random wait: clients that write again at the same time would meet again
		if err := pause(ctx, rand.N(20*time.Millisecond<<min(try, 5))); err != nil {
			return written, err
		}
	}
	return written, errNoRest
}

// putList stores a list of referrers. The registry may need time to find a new referrer.
func (p *pusher) putList(ctx context.Context, ref registry.Ref, m registry.Manifest) error {
	put := func(ctx context.Context) error { return p.target.PutManifest(ctx, ref, m) }
	return refusedList(patiently(ctx, put, func(context.Context) error { return nil }))
}

// refusedList makes a refusal of an error that no retry can fix: the registry does not know the tag, or the list is
// too large for any registry.
func refusedList(err error) error {
	if errors.Is(err, registry.ErrNotFound) || errors.Is(err, registry.ErrInvalid) {
		return registry.Errorf(registry.ErrRefused, "%v", err)
	}
	return err
}

// readBackList checks that other clients get the list. Some registries accept a list and never show it.
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
	digest v1.Hash // of the list that was read
}

// referrersList reads a list of referrers. The list is empty if the tag does not exist, or is not readable. A tag
// that holds something else is an error.
func (p *pusher) referrersList(ctx context.Context, subject v1.Hash) (referrersList, error) {
	there, err := registry.ReadOptional(ctx, p.target, registry.Ref{Tag: registry.ReferrersTag(subject)})
	switch m := there.Value; {
	case err != nil:
		return referrersList{}, err
	case there.Outcome == registry.Hidden && p.exists(ctx, subject):
		return referrersList{}, registry.Errorf(registry.ErrRefused, "the list of referrers of the image exists, but cannot be read, so it cannot be extended: %v", there.Reason)
	case there.Outcome != registry.Found:
		return referrersList{Index: index.New(types.OCIImageIndex)}, nil
	case m.Digest == subject:
		return referrersList{}, registry.Errorf(registry.ErrRefused, "the registry takes this tag for the digest of the image, so the referrers of the image cannot be listed under it")
	case !registry.IsReferrersList(m, subject):
		return referrersList{}, registry.Errorf(registry.ErrRefused, "this tag is reserved for the list of referrers of %s, but it holds %s, which is not such a list", subject, m.Digest)
	default:
		l, err := index.Parse(m)
		return referrersList{l, m.Digest}, err
	}
}

// exists reports whether the list exists, even if the registry does not show it.
func (p *pusher) exists(ctx context.Context, subject v1.Hash) bool {
	_, err := p.target.Describe(ctx, registry.Ref{Tag: registry.ReferrersTag(subject)})
	return err == nil
}
