package registry

import (
	"cmp"
	"context"
	"errors"
	"maps"
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

// signed finds out what one of cosign's tags holds, and whether that is more or less than what is to be there.
func (t *target) signed(ctx context.Context, r Referrer, source Repository) error {
	there, err := t.repository.Manifest(ctx, Ref{Tag: r.Tag})
	if errors.Is(err, ErrNotFound) || forbidden(err) {
		return nil
	}
	if err != nil {
		return err
	}
	t.setTag(r.Tag, there.Digest)
	if there.Digest == r.digest() {
		return nil
	}
	ours, err := source.Manifest(ctx, Ref{Digest: r.digest()})
	if err != nil {
		return err
	}
	signatures, err := signaturesIn(ours)
	theirs, theirErr := signaturesIn(there)
	if err = cmp.Or(err, theirErr); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	alike := len(signatures) > 0 && len(theirs) > 0
	t.held.Covers[r.Tag] = alike && containsAll(theirs, signatures)
	t.held.Beyond[r.Tag] = !alike || !containsAll(signatures, theirs)
	return nil
}

// signaturesIn are the layers of what cosign makes; none if it is something else.
func signaturesIn(m Manifest) ([]v1.Descriptor, error) {
	doc, err := parse(m)
	if m.MediaType.IsIndex() || doc.Config == nil {
		return nil, err
	}
	return doc.Layers, err
}

// containsAll tells whether all of some signatures are among others. What was signed is the same blob for each key: the
// signature is beside it, as an annotation.
func containsAll(others, signatures []v1.Descriptor) bool {
	for _, s := range signatures {
		same := func(o v1.Descriptor) bool { return o.Digest == s.Digest && maps.Equal(o.Annotations, s.Annotations) }
		if !slices.ContainsFunc(others, same) {
			return false
		}
	}
	return true
}
