package resolve

import (
	"cmp"
	"context"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// checkReferrer finds out which parts of a referrer the target has.
func (t *target) checkReferrer(ctx context.Context, r plan.Referrer, source registry.Repository) error {
	ref := spec.Reference{Place: t.place, Digest: r.Subject}
	if t.isLost() || r.Place == t.place {
		return nil
	}
	if r.Tag != "" {
		ref = spec.Reference{Place: t.place, Tag: r.Tag}
		return t.keepError(ctx, registry.WrapOp("read", ref, t.checkSignatureTag(ctx, r, source)))
	}
	listed, err := registry.ListReferrers(ctx, t.repository, registry.ReferrersQuery{Subject: r.Subject})
	for _, d := range listed.Value {
		if d.Digest == r.Descriptor.Digest {
			t.mu.Lock()
			t.state.Listed[plan.ReferrerKey{Subject: r.Subject, Referrer: d.Digest}] = true
			t.mu.Unlock()
		}
	}
	return t.keepError(ctx, registry.WrapOp("read", ref, err))
}

// checkSignatureTag finds out what one of cosign's tags holds, and whether that is more or less than what is to be there.
func (t *target) checkSignatureTag(ctx context.Context, r plan.Referrer, source registry.Repository) error {
	held, err := registry.ReadOptional(ctx, t.repository, registry.Ref{Tag: r.Tag})
	if err != nil || held.Outcome != registry.Found {
		return err
	}
	there := held.Value
	t.setTag(r.Tag, there.Digest)
	if there.Digest == r.Descriptor.Digest {
		return nil
	}
	ours, err := source.Manifest(ctx, registry.Ref{Digest: r.Descriptor.Digest})
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
	t.state.TargetIsSuperset[r.Tag] = alike && containsAll(theirs, signatures)
	t.state.TargetHasExtra[r.Tag] = !alike || !containsAll(signatures, theirs)
	return nil
}

// signaturesIn returns the layers of a manifest of cosign; none if the manifest is something else.
func signaturesIn(m registry.Manifest) ([]v1.Descriptor, error) {
	doc, err := registry.ParseDocument(m)
	if m.MediaType.IsIndex() || doc.Config == nil {
		return nil, err
	}
	return doc.Layers, err
}

// containsAll reports whether all of some signatures are among others. The signed content is the same blob for each
// key: the signature is an annotation beside it.
func containsAll(others, signatures []v1.Descriptor) bool {
	for _, s := range signatures {
		same := func(o v1.Descriptor) bool { return o.Digest == s.Digest && maps.Equal(o.Annotations, s.Annotations) }
		if !slices.ContainsFunc(others, same) {
			return false
		}
	}
	return true
}
