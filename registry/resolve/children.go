package resolve

import (
	"context"
	"errors"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// maxChildren is how many bytes the manifests of one index may have together, where all are kept in memory.
const maxChildren = 16 * registry.MaxManifest

// A Child is a manifest that an index lists, and how the index describes it.
type Child struct {
	Listed   v1.Descriptor
	Manifest registry.Manifest
}

// Children reads the manifests that an index lists, in its order. A manifest that does not exist is
// [registry.ErrUnverified]: the index itself exists.
func Children(ctx context.Context, repository registry.Repository, m registry.Manifest) ([]Child, error) {
	_, listed, err := registry.References(m)
	switch {
	case err != nil:
		return nil, err
	case len(listed) > spec.MaxEntries:
		return nil, registry.Errorf(registry.ErrUnverified, "the index has more than %d entries, which is the limit", spec.MaxEntries)
	}
	children := make([]Child, len(listed))
	var size atomic.Int64
	err = parallel.Each(ctx, len(listed), func(ctx context.Context, i int) error {
		d := listed[i]
		child, err := repository.Manifest(ctx, registry.Ref{Digest: d.Digest})
		children[i] = Child{Listed: d, Manifest: child}
		switch {
		case errors.Is(err, registry.ErrNotFound):
			return registry.Errorf(registry.ErrUnverified, "the index lists %s, but the repository does not contain it", d.Digest)
		case err == nil && size.Add(int64(len(child.Bytes))) > maxChildren:
			return registry.Errorf(registry.ErrUnverified, "the manifests of the index have more than %d MiB in total", maxChildren>>20)
		}
		return err
	})
	return children, err
}
