package archive_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
)

// shortContext ends after it was asked so many times.
type shortContext struct {
	context.Context
	left atomic.Int32
}

func (c *shortContext) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// An archive whose packing is stopped is the old one, and nothing is left of the new one.
func TestPackIsStopped(t *testing.T) {
	for times := range int32(12) {
		dir := t.TempDir()
		path := filepath.Join(dir, "a.tar")
		if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		n, err := archive.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		m := registry.Manifest{MediaType: types.OCIImageIndex, Bytes: []byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`)}
		m.Digest = registry.DigestOf(m.Bytes)
		if err := n.PutManifest(t.Context(), registry.Ref{Tag: "1.0"}, m); err != nil {
			t.Fatal(err)
		}
		ctx := &shortContext{Context: t.Context()}
		ctx.left.Store(times)
		if err := n.Pack(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d: %v", times, err)
		}
		if asked := -ctx.left.Load(); asked > 3 { // once by the write that fails, and by Pack
			t.Errorf("it goes on after the end of the context, which is asked %d times more", asked)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		entries, _ := os.ReadDir(dir)
		if content, _ := os.ReadFile(path); string(content) != "old" || len(entries) != 1 {
			t.Errorf("after %d the file holds %d bytes, beside %v", times, len(content), entries)
		}
	}
}

// A link to an archive stays a link.
func TestArchiveBehindLink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a.tar"), filepath.Join(t.TempDir(), "link.tar")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	n, err := archive.Create(link)
	if err != nil {
		t.Fatal(err)
	}
	m := registry.Manifest{MediaType: types.OCIImageIndex, Bytes: []byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`)}
	m.Digest = registry.DigestOf(m.Bytes)
	if err := errors.Join(n.PutManifest(t.Context(), registry.Ref{Tag: "1.0"}, m), n.Close()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	there, _ := os.Stat(path)
	if err != nil || info.Mode()&os.ModeSymlink == 0 || there.Size() == 0 {
		t.Errorf("the link is %v, the file has %d bytes", info.Mode(), there.Size())
	}
}
