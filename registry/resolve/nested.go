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
	n := nester{inspect: func(ctx context.Context, ref spec.Reference) (plan.Inspection, error) {
		return Inspect(ctx, repository, ref, false)
	}, read: map[v1.Hash]bool{found.Manifest.Digest: true}}
	return n.nest(ctx, found, 1)
}

// Listed reads the image or index under a reference, and the indexes within the index. It reads nothing else: the entries
// have no details.
func Listed(ctx context.Context, repository registry.Repository, ref spec.Reference) (plan.Inspection, error) {
	list := func(ctx context.Context, ref spec.Reference) (plan.Inspection, error) {
		result, err := listed(ctx, repository, ref)
		return result, registry.WrapOp("inspect", ref, err)
	}
	found, err := list(ctx, ref)
	if err != nil {
		return found, err
	}
	n := nester{inspect: list, read: map[v1.Hash]bool{found.Manifest.Digest: true}}
	return found, n.nest(ctx, &found, 1)
}

func listed(ctx context.Context, repository registry.Repository, ref spec.Reference) (plan.Inspection, error) {
	result := plan.Inspection{Reference: ref}
	m, err := repository.Manifest(ctx, registry.RefOf(ref))
	if result.Manifest = m; err != nil || !m.MediaType.IsIndex() {
		return result, err
	}
	x, err := index.Parse(m)
	for _, e := range x.Entries {
		result.Entries = append(result.Entries, plan.InspectedEntry{Entry: e})
	}
	return result, err
}

type nester struct {
	inspect func(context.Context, spec.Reference) (plan.Inspection, error)
	read    map[v1.Hash]bool
	count   int
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
		inner, err := n.inspect(ctx, spec.Reference{Place: found.Reference.Place, Digest: digest})
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
