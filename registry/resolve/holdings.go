package resolve

import (
	"context"
	"errors"
	"slices"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Holdings reads the manifests of some tags of a place. A tag that does not exist any more is left out.
func Holdings(ctx context.Context, session registry.Session, place spec.Place, tags []string) ([]plan.Holding, error) {
	repository, err := session.Open(ctx, place)
	if err != nil {
		return nil, registry.WrapOp("open", place, err)
	}
	all := make([]plan.Holding, len(tags))
	err = parallel.Each(ctx, len(tags), func(ctx context.Context, i int) error {
		ref := spec.Reference{Place: place, Tag: tags[i]}
		m, err := repository.Manifest(ctx, registry.RefOf(ref))
		if errors.Is(err, registry.ErrNotFound) {
			return nil
		}
		h := plan.Holding{Tag: tags[i], Digest: m.Digest}
		if err == nil && m.MediaType.IsIndex() {
			var x index.Index
			x, err = index.Parse(m)
			for _, e := range x.Entries {
				h.Lists = append(h.Lists, e.Descriptor.Digest)
			}
		}
		all[i] = h
		return registry.WrapOp("read", ref, err)
	})
	return slices.DeleteFunc(all, func(h plan.Holding) bool { return h.Tag == "" }), err
}
