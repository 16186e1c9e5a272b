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
	now := make([]v1.Hash, len(members))
	err := parallel.Each(ctx, len(members), func(ctx context.Context, i int) error {
		repository, err := session.Open(ctx, members[i].Place)
		if err != nil {
			return registry.WrapOp("open", members[i].Place, err)
		}
		d, err := repository.Describe(ctx, registry.Ref{Tag: members[i].Tag})
		if err != nil && !errors.Is(err, registry.ErrNotFound) {
			return registry.WrapOp("read", members[i].Unpinned(), err)
		}
		now[i] = d.Digest
		return nil
	})
	var drifts []plan.TagDrift
	for i, member := range members {
		if now[i] != member.Digest {
			drifts = append(drifts, plan.TagDrift{Source: member, Now: now[i]})
		}
	}
	return drifts, err
}
