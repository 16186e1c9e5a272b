package archive_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
)

// FuzzArchive reads anything as an archive: there is an error of the right class, or an image that is
// what it says, and the same in a file that is compressed.
func FuzzArchive(f *testing.F) {
	files, err := filepath.Glob("testdata/*.tar")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, false)
		f.Add(gzipped(raw), true)
	}
	f.Add(one.save(f, asIs), true)
	f.Add(one.save(f, func(s string) string { return string(gzipped([]byte(s))) }), false)
	f.Add(newSave(f), true)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte, compress bool) {
		path := filepath.Join(dir, "image.tar")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, o := range []archive.Options{oci, {Kind: docker.Kind, Compress: compress, Note: func(string) {}}} {
			repo := open(t, path, o)
			m, err := repo.Manifest(t.Context(), registry.Ref{})
			if err != nil {
				wantClass(t, err)
				repo.Close()
				continue
			}
			if registry.DigestOf(m.Bytes) != m.Digest {
				t.Fatalf("%s is the digest of %q", m.Digest, m.Bytes)
			}
			again, err := repo.Manifest(t.Context(), registry.Ref{Digest: m.Digest})
			if err != nil || again.Digest != m.Digest {
				t.Fatalf("%s is there, and is %s, %v", m.Digest, again.Digest, err)
			}
			blobs, _, _ := registry.References(m)
			for _, d := range blobs {
				if raw, err := read(t, repo, d); err != nil {
					wantClass(t, err)
				} else if registry.DigestOf(raw) != d.Digest || int64(len(raw)) != d.Size {
					t.Fatalf("%s has %d bytes of another digest", d.Digest, len(raw))
				}
			}
			repo.Close()
		}
	})
}

func wantClass(t *testing.T, err error) {
	t.Helper()
	for _, class := range []error{registry.ErrInvalid, registry.ErrUnverified, registry.ErrNotFound} {
		if errors.Is(err, class) {
			return
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("an error of no class: %v", err)
	}
}
