package repositorytest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

var hello = []byte("hello, blob\n")

func testEmpty(t *testing.T, repo, _ registry.Repository) {
	m := registry.NewManifest(types.OCIImageIndex, hello)
	wantNoBlob(t, repo, v1.Descriptor{Digest: m.Digest, Size: int64(len(hello))})
	wantNoManifest(t, repo, byDigest(m))
	wantNoManifest(t, repo, registry.Ref{Tag: "latest"})
}

func testBlobFromMemory(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	d := m.AddBlob(types.OCILayer, hello)
	wantNoBlob(t, repo, d)
	if got, err := repo.PutBlob(t.Context(), d, &m); got != registry.Streamed || err != nil {
		t.Errorf("PutBlob = %v, %v, want Streamed", got, err)
	}
	wantBlob(t, repo, d, hello)
	for _, from := range [][]registry.Repository{{&m}, {}} {
		if got, err := repo.PutBlob(t.Context(), d, from...); got != registry.Present || err != nil {
			t.Errorf("PutBlob once more, from %d sources = %v, %v, want Present", len(from), got, err)
		}
	}
	wantBlob(t, repo, d, hello)
}

func testBlobFromOther(t *testing.T, repo, other registry.Repository) {
	var m Memory
	d := m.AddBlob(types.OCILayer, hello)
	putBlobs(t, other, &m, d)
	wantNoBlob(t, repo, d)
	got, err := repo.PutBlob(t.Context(), d, other)
	if err != nil || got != registry.Streamed && got != registry.Mounted {
		t.Errorf("PutBlob = %v, %v, want Streamed or Mounted", got, err)
	}
	wantBlob(t, repo, d, hello)
	wantBlob(t, other, d, hello)
}

func testEmptyBlob(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	d := m.AddBlob(types.OCILayer, nil)
	wantNoBlob(t, repo, d)
	putBlobs(t, repo, &m, d)
	wantBlob(t, repo, d, nil)
}

func testLargeBlob(t *testing.T, repo, other registry.Repository) {
	content := make([]byte, 3<<20+1)
	for i := range content {
		content[i] = byte(rand.Uint32())
	}
	var m Memory
	d := m.AddBlob(types.OCILayer, content)
	putBlobs(t, other, &m, d)
	if _, err := repo.PutBlob(t.Context(), d, other); err != nil {
		t.Fatal(err)
	}
	wantBlob(t, repo, d, content)
}

func testSeveralSources(t *testing.T, repo, other registry.Repository) {
	var nothing, m Memory
	d := m.AddBlob(types.OCILayer, hello)
	if _, err := repo.PutBlob(t.Context(), d, &nothing, other, &m); err != nil {
		t.Errorf("PutBlob = %v", err)
	}
	wantBlob(t, repo, d, hello)
}

func testNoSource(t *testing.T, repo, other registry.Repository) {
	var nothing, m Memory
	d := m.AddBlob(types.OCILayer, hello)
	for _, from := range [][]registry.Repository{{}, {&nothing}, {&nothing, other}, {repo}} {
		_, err := repo.PutBlob(t.Context(), d, from...)
		wantErr(t, "PutBlob", err, registry.ErrNotFound)
	}
	wantNoBlob(t, repo, d)
}

func testLyingSources(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	d := m.AddBlob(types.OCILayer, bytes.Repeat(hello, 10_000))
	for name, serve := range map[string]func([]byte) io.Reader{"wrong": wrong, "short": short, "long": long, "empty": empty} {
		_, err := repo.PutBlob(t.Context(), d, source{&m, serve})
		wantErr(t, "PutBlob of "+name+" bytes", err, registry.ErrUnverified)
		wantNoBlob(t, repo, d)
	}
	putBlobs(t, repo, &m, d) // what failed is not in the way
	wantBlob(t, repo, d, bytes.Repeat(hello, 10_000))
}

func testBrokenSource(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	d := m.AddBlob(types.OCILayer, bytes.Repeat(hello, 10_000))
	broken := errors.New("the source broke")
	if _, err := repo.PutBlob(t.Context(), d, source{&m, then(func() error { return broken })}); err == nil {
		t.Error("PutBlob from a source that breaks: no error")
	}
	wantNoBlob(t, repo, d)
	putBlobs(t, repo, &m, d)
	wantBlob(t, repo, d, bytes.Repeat(hello, 10_000))
}

// testWrongDescriptor asks for a blob that is there with sizes and digests that it does not have.
func testWrongDescriptor(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	d := m.AddBlob(types.OCILayer, hello)
	putBlobs(t, repo, &m, d)
	for _, size := range []int64{d.Size - 1, d.Size + 1, 0, -1} {
		other := d
		other.Size = size
		if has, err := repo.HasBlob(t.Context(), other); has {
			t.Errorf("HasBlob of %d bytes = true, %v; it has %d", size, err, d.Size)
		}
		_, err := readBlob(t, repo, other)
		wantErr(t, "Blob of another size", err, registry.ErrUnverified)
	}
	for _, digest := range []v1.Hash{
		{Algorithm: "sha256", Hex: "../../index.json"}, {Algorithm: "sha256", Hex: d.Digest.Hex[1:]},
		{Algorithm: "md5", Hex: "764569e58f53ea8b6404f6fa7fc0247f"}, {},
	} {
		other := v1.Descriptor{Digest: digest, Size: d.Size}
		if has, _ := repo.HasBlob(t.Context(), other); has {
			t.Errorf("HasBlob(%s) = true", digest)
		}
		if _, err := readBlob(t, repo, other); err == nil {
			t.Errorf("Blob(%s): no error", digest)
		}
		if _, err := repo.PutBlob(t.Context(), other, &m); err == nil {
			t.Errorf("PutBlob(%s): no error", digest)
		}
	}
}
