package archive_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
	"github.com/manifest-tool/manifest-tool/spec"
)

func open(t testing.TB, path string, o archive.Options) *archive.Repository {
	t.Helper()
	repo, err := archive.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { repo.Close() })
	return repo
}

var (
	oci    = archive.Options{Kind: spec.OCIArchive}
	docker = archive.Options{Kind: spec.DockerArchive}
)

func tag(s string) registry.Ref { return registry.Ref{Tag: s} }

// An item is an entry of a tar that a test makes.
type item struct {
	tar.Header
	content string
}

func file(name, content string) item { return item{tar.Header{Name: name}, content} }

func special(kind byte, name, link string) item {
	return item{tar.Header{Typeflag: kind, Name: name, Linkname: link}, ""}
}

// tarOf makes a tar.
func tarOf(t testing.TB, items ...item) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, i := range items {
		if i.Typeflag == 0 {
			i.Typeflag, i.Size, i.Mode = tar.TypeReg, int64(len(i.content)), 0o644
		}
		if err := w.WriteHeader(&i.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, i.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(content)
	w.Close()
	return b.Bytes()
}

// write puts an archive into a file of its own.
func write(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantErr checks the class of an error, and that it says certain words.
func wantErr(t *testing.T, err, class error, words ...string) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Errorf("the error is %v, it should be: %v", err, class)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error %q does not say %q", err, word)
		}
	}
	if len(err.Error()) > 2000 || strings.ContainsRune(err.Error(), '\x1b') {
		t.Errorf("%d bytes for a terminal: %.1000q", len(err.Error()), err)
	}
}

// wantWhole reads everything behind a manifest, and returns how many blobs that is.
func wantWhole(t testing.TB, repo registry.Repository, m registry.Manifest) int {
	t.Helper()
	blobs, manifests, err := registry.References(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range blobs {
		if _, err := read(t, repo, d); err != nil {
			t.Errorf("blob %s: %v", d.Digest, err)
		}
		if has, err := repo.HasBlob(t.Context(), d); !has || err != nil {
			t.Errorf("HasBlob(%s) = %v, %v", d.Digest, has, err)
		}
	}
	n := len(blobs)
	for _, d := range manifests {
		child, err := repo.Manifest(t.Context(), registry.Ref{Digest: d.Digest})
		if err != nil {
			t.Errorf("manifest %s: %v", d.Digest, err)
			continue
		}
		n += wantWhole(t, repo, child)
	}
	return n
}

func read(t testing.TB, repo registry.Repository, d v1.Descriptor) ([]byte, error) {
	t.Helper()
	content, err := repo.Blob(t.Context(), d)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
}

const (
	tarDir     = tar.TypeDir
	tarLink    = tar.TypeLink
	tarSymlink = tar.TypeSymlink
)

func isInvalid(err error) bool { return errors.Is(err, registry.ErrInvalid) }

func gunzipped(t testing.TB, content []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
