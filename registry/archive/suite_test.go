package archive_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
	"github.com/manifest-tool/manifest-tool/registry/layout"
)

// TestRepository runs the suite on archives of layouts: what is put goes into a layout, what is read
// comes out of a tar of it.
func TestRepository(t *testing.T) {
	for name, compress := range map[string]func([]byte) []byte{"plain": nil, "gzip": gzipped} {
		t.Run(name, func(t *testing.T) {
			repositorytest.Run(t, func(t *testing.T) (repo, other registry.Repository) {
				return newPacked(t, compress), newPacked(t, compress)
			})
		})
	}
}

type packed struct {
	*layout.Repository
	t        *testing.T
	dir      string
	compress func([]byte) []byte
}

func newPacked(t *testing.T, compress func([]byte) []byte) packed {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "layout")
	repo, err := layout.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	return packed{repo, t, dir, compress}
}

// pack makes an archive of the layout as it is now. One that holds nothing yet cannot be an archive.
func (p packed) pack() (repo *archive.Repository, ok bool) {
	var items []item
	err := fs.WalkDir(os.DirFS(p.dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Base(name)[0] == '.' {
			return err
		}
		raw, err := os.ReadFile(filepath.Join(p.dir, name))
		items = append(items, file("./"+name, string(raw)))
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false
	}
	hasIndex := false
	for _, i := range items {
		hasIndex = hasIndex || i.Name == "./index.json"
	}
	if !hasIndex {
		items = append(items, file("index.json", `{"schemaVersion":2,"manifests":[]}`))
	}
	content := tarOf(p.t, items...)
	if p.compress != nil {
		content = p.compress(content)
	}
	return open(p.t, write(p.t, content), oci), true
}

func (p packed) Manifest(ctx context.Context, ref registry.Ref) (registry.Manifest, error) {
	if repo, ok := p.pack(); ok {
		return repo.Manifest(ctx, ref)
	}
	return p.Repository.Manifest(ctx, ref)
}

func (p packed) Describe(ctx context.Context, ref registry.Ref) (v1.Descriptor, error) {
	if repo, ok := p.pack(); ok {
		return repo.Describe(ctx, ref)
	}
	return p.Repository.Describe(ctx, ref)
}

func (p packed) HasBlob(ctx context.Context, d v1.Descriptor) (bool, error) {
	if repo, ok := p.pack(); ok {
		return repo.HasBlob(ctx, d)
	}
	return p.Repository.HasBlob(ctx, d)
}

func (p packed) Blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	if repo, ok := p.pack(); ok {
		return repo.Blob(ctx, d)
	}
	return p.Repository.Blob(ctx, d)
}
