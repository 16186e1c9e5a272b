package repositorytest

import (
	"bytes"
	"errors"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// wantErr checks the class of an error.
func wantErr(t *testing.T, what string, err, class error) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Errorf("%s: the error is %v, it should be: %v", what, err, class)
	}
}

// wantBlob checks that a blob is there, and is these bytes.
func wantBlob(t *testing.T, repo registry.Repository, d v1.Descriptor, content []byte) {
	t.Helper()
	if has, err := repo.HasBlob(t.Context(), d); !has || err != nil {
		t.Errorf("HasBlob(%s) = %v, %v, want true", d.Digest, has, err)
	}
	if got, err := readBlob(t, repo, d); err != nil || !bytes.Equal(got, content) {
		t.Errorf("Blob(%s) has %d bytes, %v, want the %d that were put", d.Digest, len(got), err, len(content))
	}
}

// wantNoBlob checks that nothing was stored.
func wantNoBlob(t *testing.T, repo registry.Repository, d v1.Descriptor) {
	t.Helper()
	if has, err := repo.HasBlob(t.Context(), d); has || err != nil {
		t.Errorf("HasBlob(%s) = %v, %v, want false", d.Digest, has, err)
	}
	_, err := readBlob(t, repo, d)
	wantErr(t, "Blob", err, registry.ErrNotFound)
}

// wantManifest checks what a reference stands for: bytes, digest, type, and the same described.
func wantManifest(t *testing.T, repo registry.Repository, ref registry.Ref, want registry.Manifest) {
	t.Helper()
	got, err := repo.Manifest(t.Context(), ref)
	switch {
	case err != nil:
		t.Errorf("Manifest(%s) = %v", ref, err)
	case !bytes.Equal(got.Bytes, want.Bytes):
		t.Errorf("Manifest(%s) has the bytes\n%s\nwant\n%s", ref, got.Bytes, want.Bytes)
	case got.Digest != want.Digest || got.MediaType != want.MediaType:
		t.Errorf("Manifest(%s) is %s %s, want %s %s", ref, got.MediaType, got.Digest, want.MediaType, want.Digest)
	}
	d, err := repo.Describe(t.Context(), ref)
	if w := want.Descriptor(); err != nil || d.MediaType != w.MediaType || d.Digest != w.Digest || d.Size != w.Size {
		t.Errorf("Describe(%s) = %+v, %v, want %+v", ref, d, err, w)
	}
}

// wantNoManifest checks that a reference stands for nothing.
func wantNoManifest(t *testing.T, repo registry.Repository, ref registry.Ref) {
	t.Helper()
	_, err := repo.Manifest(t.Context(), ref)
	wantErr(t, "Manifest("+ref.String()+")", err, registry.ErrNotFound)
	_, err = repo.Describe(t.Context(), ref)
	wantErr(t, "Describe("+ref.String()+")", err, registry.ErrNotFound)
}
