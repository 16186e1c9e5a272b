package resolve

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// TagDrifts finds the tags of a spec's sources that have moved since the spec got their digests.
func TagDrifts(ctx context.Context, session registry.Session, s spec.Spec) ([]plan.TagDrift, error) {
	members := slices.DeleteFunc(s.Members(), func(r spec.Reference) bool { return r.Tag == "" || r.Digest == (v1.Hash{}) })
	now, err := TagDigests(ctx, session, members)
	var drifts []plan.TagDrift
	for _, member := range members {
		if d := now[member.Unpinned()]; d.Digest != member.Digest {
			drifts = append(drifts, plan.TagDrift{Source: member, Now: d.Digest})
		}
	}
	return drifts, err
}

// TagDigests finds out what tags hold now. Each tag is looked at once, by a HEAD request. The result has no digests in
// its keys, and lacks the tags that do not exist.
func TagDigests(ctx context.Context, session registry.Session, refs []spec.Reference) (map[spec.Reference]v1.Descriptor, error) {
	var tags []spec.Reference
	seen := map[spec.Reference]bool{}
	for _, ref := range refs {
		if ref = ref.Unpinned(); ref.Digest == (v1.Hash{}) && !seen[ref] {
			seen[ref], tags = true, append(tags, ref)
		}
	}
	found := make([]v1.Descriptor, len(tags))
	err := parallel.Each(ctx, len(tags), func(ctx context.Context, i int) error {
		repository, err := session.Open(ctx, tags[i].Place)
		if err != nil {
			return registry.WrapOp("open", tags[i].Place, err)
		}
		d, err := repository.Describe(ctx, registry.Ref{Tag: tags[i].Tag})
		if err != nil && !errors.Is(err, registry.ErrNotFound) {
			return registry.WrapOp("read", tags[i], err)
		}
		found[i] = d
		return nil
	})
	now := map[spec.Reference]v1.Descriptor{}
	for i, d := range found {
		if d.Digest != (v1.Hash{}) {
			now[tags[i]] = d
		}
	}
	return now, err
}

// SelectedImages reads the images that some entries of a spec select, without its targets.
func SelectedImages(ctx context.Context, session registry.Session, s spec.Spec, entries []int) (map[int]plan.ResolvedEntry, error) {
	found := map[int]plan.ResolvedEntry{}
	if len(entries) == 0 {
		return found, nil
	}
	some := spec.Spec{Type: s.Type}
	for _, i := range entries {
		some.Entries = append(some.Entries, s.Entries[i])
	}
	state, err := Push(ctx, session, some, plan.Options{})
	for k, e := range state.Entries {
		found[entries[k]] = e
	}
	return found, err
}
