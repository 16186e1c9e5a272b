package resolve

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Nest reads the indexes within an index, each once, and what they list.
func Nest(ctx context.Context, repository registry.Repository, found *plan.Inspection) error {
	n := nester{repository: repository, read: map[v1.Hash]bool{found.Manifest.Digest: true}}
	return n.nest(ctx, found, 1)
}

type nester struct {
	repository registry.Repository
	read       map[v1.Hash]bool
	count      int
}

func (n *nester) nest(ctx context.Context, found *plan.Inspection, depth int) error {
	if n.count += len(found.Entries); n.count > spec.MaxEntries {
		return registry.Errorf(registry.ErrUnverified, "the index has more than %d entries, which is the limit", spec.MaxEntries)
	}
	for i := range found.Entries {
		e := &found.Entries[i]
		digest := e.Descriptor.Digest
		if e.Kind != index.Nested || n.read[digest] {
			continue
		}
		if n.read[digest] = true; depth == maxDepth {
			return registry.Errorf(registry.ErrUnverified, "more than %d levels of nested indexes", maxDepth)
		}
		inner, err := Inspect(ctx, n.repository, spec.Reference{Place: found.Reference.Place, Digest: digest}, false)
		if errors.Is(err, registry.ErrNotFound) {
			e.Missing = true
			continue
		}
		if err != nil {
			return err
		}
		e.Nested = &inner
		if err := n.nest(ctx, e.Nested, depth+1); err != nil {
			return err
		}
	}
	return nil
}
