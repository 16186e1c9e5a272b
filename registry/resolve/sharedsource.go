package resolve

import (
	"context"
	"sync/atomic"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A sharedSource reads the image or index of a reference once, however many entries use it. Its manifest is dropped
// when the last of them has it.
type sharedSource struct {
	read  func(context.Context) (registry.Manifest, error)
	users atomic.Int32 // entries that have not read it
}

func (s *sharedSource) manifest(ctx context.Context) (registry.Manifest, error) {
	m, err := s.read(ctx)
	if s.users.Add(-1) == 0 {
		s.read = nil
	}
	return m, err
}

// share makes a source that several entries may have.
func (r resolver) share(ctx context.Context, ref spec.Reference) *sharedSource {
	s := &sharedSource{read: parallel.Share(func() (registry.Manifest, error) { return r.source(ctx, ref) })}
	r.sources[ref] = s
	return s
}

func (r resolver) source(ctx context.Context, ref spec.Reference) (registry.Manifest, error) {
	repository, err := r.session.Open(ctx, ref.Place)
	if err != nil {
		return registry.Manifest{}, err
	}
	return repository.Manifest(ctx, registry.RefOf(ref))
}

// maxDescriptors is how many bytes the descriptors of all images and the annotations of their indexes may have
// together: some times the size of the largest index that they could be put into.
const maxDescriptors = 4 * registry.MaxManifest

// count adds to the bytes of what is kept of all sources. It refuses sources that fit into no index, before they
// fill the memory.
func (r resolver) count(bytes int64) error {
	if r.descriptors.Add(bytes) > maxDescriptors {
		return registry.Errorf(registry.ErrUnverified, "the descriptors and annotations of all sources have more than %d MiB, which is more than an index can hold", maxDescriptors>>20)
	}
	return nil
}

// sizeOfAnnotations is the number of their bytes.
func sizeOfAnnotations(annotations map[string]string) (n int64) {
	for key, value := range annotations {
		n += int64(len(key) + len(value))
	}
	return n
}

// sizeOfDescriptors is the number of bytes of the descriptors in their indexes.
func sizeOfDescriptors(nodes []plan.Node) (n int64) {
	for _, node := range nodes {
		n += int64(len(node.Raw))
	}
	return n
}
