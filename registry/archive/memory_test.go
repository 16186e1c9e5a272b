package archive_test

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
)

// zeros is an endless content.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

const largeLayer = 256 << 20

// large writes an archive as the classic engine would, of one layer of 256 MiB. On disk it takes nothing
// where files can have holes.
func large(t *testing.T, compress bool) string {
	t.Helper()
	sum := sha256.New()
	if _, err := io.CopyN(sum, zeros{}, largeLayer); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`{"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}`, hex.EncodeToString(sum.Sum(nil)))
	path := filepath.Join(t.TempDir(), "large.tar")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	head := tarOf(t, file("config.json", config), manifestJSON(`{"Config":"config.json","RepoTags":["a:1"],"Layers":["l.tar"]}`))
	head = head[:len(head)-1024] // without the mark of the end
	out := io.Writer(f)
	if compress {
		z := gzip.NewWriter(f)
		defer z.Close()
		out = z
	}
	out.Write(head)
	w := tar.NewWriter(out)
	if err := w.WriteHeader(&tar.Header{Name: "l.tar", Typeflag: tar.TypeReg, Size: largeLayer}); err != nil {
		t.Fatal(err)
	}
	if compress {
		if _, err := io.CopyN(w, zeros{}, largeLayer); err != nil {
			t.Fatal(err)
		}
		w.Close()
		return path
	}
	if err := f.Truncate(int64(len(head)) + 512 + largeLayer + 1024); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMemory reads a large layer in each way. What is allocated in all is far below its size.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("hashes 256 MiB a few times")
	}
	for name, test := range map[string]struct{ file, layer bool }{"plain": {}, "gzip": {file: true}, "to compress": {layer: true}} {
		t.Run(name, func(t *testing.T) {
			path := large(t, test.file)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			repo := open(t, path, archive.Options{Kind: docker.Kind, Compress: test.layer, Note: func(string) {}})
			m, err := repo.Manifest(t.Context(), registry.Ref{})
			if err != nil {
				t.Fatal(err)
			}
			content, err := repo.Blob(t.Context(), layersOf(t, m)[0])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, content); err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > 32<<20 {
				t.Errorf("%d MiB were allocated", got>>20)
			}
		})
	}
}

// TestCancelled: a context that ends stops what is read, and says nothing of the archive.
func TestCancelled(t *testing.T) {
	for _, o := range []archive.Options{docker, {Kind: docker.Kind, Compress: true}} {
		image := dockerImage{names: one.names, arch: "amd64", layers: []string{strings.Repeat("a", 1<<20)}}
		path := write(t, gzipped(image.save(t, asIs)))
		repo := open(t, path, o)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := repo.Manifest(ctx, registry.Ref{}); !errors.Is(err, context.Canceled) || errors.Is(err, registry.ErrUnverified) {
			t.Errorf("Manifest = %v", err)
		}
		m, err := repo.Manifest(t.Context(), registry.Ref{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		content, err := repo.Blob(ctx, layersOf(t, m)[0])
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := io.ReadAll(content); !errors.Is(err, context.Canceled) {
			t.Errorf("Read = %v", err)
		}
	}
}
