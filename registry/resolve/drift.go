package resolve

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Shift is a source whose tag holds something else than the digest beside it.
type TagDrift struct {
	Source spec.Reference
	Now    v1.Hash // zero if the tag is gone
}

// Shifts finds out which tags of a spec's sources have moved since their digests were written beside them.
func TagDrifts(ctx context.Context, session registry.Session, s spec.Spec) ([]TagDrift, error) {
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
	var shifts []TagDrift
	for i, member := range members {
		if now[i] != member.Digest {
			shifts = append(shifts, TagDrift{member, now[i]})
		}
	}
	return shifts, err
}
