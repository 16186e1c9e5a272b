package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// manifests is a repository that only reads manifests.
type manifests struct {
	registry.Repository
	held map[v1.Hash]registry.Manifest
}

func (m manifests) Manifest(_ context.Context, ref registry.Ref) (registry.Manifest, error) {
	if found, ok := m.held[ref.Digest]; ok {
		return found, nil
	}
	return registry.Manifest{}, registry.Errorf(registry.ErrNotFound, "404")
}

// indexOf makes an index of n entries for manifests of a size. Every entry is for the same manifest.
func indexOf(n, size int) (index registry.Manifest, child registry.Manifest) {
	child = registry.NewManifest(types.OCIManifestSchema1, []byte("{}"+strings.Repeat(" ", size-2)))
	entry := fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, child.MediaType, child.Digest, size)
	list := strings.TrimSuffix(strings.Repeat(entry+",", n), ",")
	return registry.NewManifest(types.OCIImageIndex, []byte(`{"schemaVersion":2,"manifests":[`+list+`]}`)), child
}

func TestChildren(t *testing.T) {
	index, child := indexOf(3, 10)
	repository := manifests{held: map[v1.Hash]registry.Manifest{child.Digest: child}}
	children, err := resolve.Children(t.Context(), repository, index)
	if err != nil || len(children) != 3 || children[2].Manifest.Digest != child.Digest || children[2].Listed.Size != 10 {
		t.Errorf("%v %+v", err, children)
	}
	delete(repository.held, child.Digest)
	_, err = resolve.Children(t.Context(), repository, index)
	if !errors.Is(err, registry.ErrUnverified) || errors.Is(err, registry.ErrNotFound) || !strings.Contains(err.Error(), "but the repository does not contain it") {
		t.Errorf("a child is gone: %v", err)
	}
}

func TestChildrenLimits(t *testing.T) {
	for _, test := range []struct {
		n, size int
		want    string
	}{
		{16, registry.MaxManifest, ""},
		{17, registry.MaxManifest, "64 MiB in total"},
		{spec.MaxEntries, 2, ""},
		{spec.MaxEntries + 1, 2, "more than 1000 entries"},
	} {
		index, child := indexOf(test.n, test.size)
		repository := manifests{held: map[v1.Hash]registry.Manifest{child.Digest: child}}
		_, err := resolve.Children(t.Context(), repository, index)
		if (err == nil) != (test.want == "") || err != nil && (!errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%d of %d bytes: %v, want %q", test.n, test.size, err, test.want)
		}
	}
}
