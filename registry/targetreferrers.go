package registry

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// refers finds out what the target has of a referrer.
func (t *target) refers(ctx context.Context, r Referrer, source Repository) error {
	ref := spec.Reference{Place: t.place, Digest: r.Subject}
	if t.isLost() || r.Images[0].Place == t.place {
		return nil
	}
	if r.Tag != "" {
		ref = spec.Reference{Place: t.place, Tag: r.Tag}
		return t.failed(ctx, opError("read", ref, t.signed(ctx, r, source)))
	}
	listed, err := listReferrers(ctx, t.repository, r.Subject)
	if forbidden(err) {
		return nil // as in tags
	}
	for _, d := range listed {
		if d.Digest == r.digest() {
			t.mu.Lock()
			t.held.Listed[referral{r.Subject, d.Digest}] = true
			t.mu.Unlock()
		}
	}
	return t.failed(ctx, opError("read", ref, err))
}

// signed finds out what one of cosign's tags holds, and whether that is more than what is to be there.
func (t *target) signed(ctx context.Context, r Referrer, source Repository) error {
	there, err := t.repository.Manifest(ctx, Ref{Tag: r.Tag})
	if errors.Is(err, ErrNotFound) || forbidden(err) {
		return nil
	}
	if err != nil {
		return err
	}
	t.setTag(r.Tag, there.Digest)
	ours, err := source.Manifest(ctx, Ref{Digest: r.digest()})
	if err != nil {
		return err
	}
	theirs, _, err := References(there)
	if err != nil {
		return err
	}
	signatures, _, err := References(ours)
	for _, d := range theirs[min(1, len(theirs)):] { // without the config
		ours := func(o v1.Descriptor) bool { return o.Digest == d.Digest }
		if there.Digest != r.digest() && !slices.ContainsFunc(signatures, ours) {
			t.mu.Lock()
			t.held.Beyond[r.Tag] = true
			t.mu.Unlock()
		}
	}
	return err
}
