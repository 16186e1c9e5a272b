package repositorytest

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

func testMissingBlobs(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	before := newImage(t, &m, types.OCIManifestSchema1, "before")
	putImage(t, repo, &m, "v1", before)
	for _, mediaType := range []types.MediaType{types.OCIManifestSchema1, types.DockerManifestSchema2} {
		i := newImage(t, &m, mediaType, "after "+string(mediaType))
		wantRefused(t, repo, i.Manifest)
		putBlobs(t, repo, &m, i.blobs[0])
		wantRefused(t, repo, i.Manifest)
		wantManifest(t, repo, registry.Ref{Tag: "v1"}, before.Manifest)
		putBlobs(t, repo, &m, i.blobs[1])
		put(t, repo, "new", i.Manifest)
	}
	i := newImage(t, &m, types.OCIManifestSchema1, "no config")
	putBlobs(t, repo, &m, i.blobs[1])
	wantRefused(t, repo, i.Manifest)
}

func testMissingChildren(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	one := newImage(t, &m, types.OCIManifestSchema1, "one")
	two := newImage(t, &m, types.DockerManifestSchema2, "two")
	putImage(t, repo, &m, "v1", one)
	putBlobs(t, repo, &m, two.blobs...)
	wantRefused(t, repo, newIndex(t, types.OCIImageIndex, one.Manifest, two.Manifest))
	wantRefused(t, repo, newIndex(t, types.DockerManifestList, two.Manifest))
	missing := newIndex(t, types.OCIImageIndex, one.Manifest)
	wantRefused(t, repo, newIndex(t, types.OCIImageIndex, one.Manifest, missing))
	wantManifest(t, repo, registry.Ref{Tag: "v1"}, one.Manifest)
}

// wantRefused checks that a manifest is refused, by tag and by digest, and is not there afterwards.
func wantRefused(t *testing.T, repo registry.Repository, m registry.Manifest) {
	t.Helper()
	for _, ref := range []registry.Ref{{Tag: "refused"}, {Tag: "v1"}, byDigest(m)} {
		err := repo.PutManifest(t.Context(), ref, m)
		wantErr(t, "PutManifest("+ref.String()+")", err, registry.ErrRefused)
	}
	wantNoManifest(t, repo, registry.Ref{Tag: "refused"})
	wantNoManifest(t, repo, byDigest(m))
}

func testDigestMismatch(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	one := newImage(t, &m, types.OCIManifestSchema1, "one")
	two := newImage(t, &m, types.OCIManifestSchema1, "two")
	putBlobs(t, repo, &m, slices.Concat(one.blobs, two.blobs)...)
	err := repo.PutManifest(t.Context(), byDigest(one.Manifest), two.Manifest)
	wantErr(t, "PutManifest under another digest", err, registry.ErrUnverified)

	wrong := two.Manifest
	wrong.Digest = one.Digest
	for _, ref := range []registry.Ref{{Tag: "v1"}, byDigest(one.Manifest), byDigest(two.Manifest)} {
		err := repo.PutManifest(t.Context(), ref, wrong)
		wantErr(t, "PutManifest of other bytes", err, registry.ErrUnverified)
	}
	wantNoManifest(t, repo, registry.Ref{Tag: "v1"})
	wantNoManifest(t, repo, byDigest(one.Manifest))
	wantNoManifest(t, repo, byDigest(two.Manifest))

	put(t, repo, "one", one.Manifest) // the digest is there now, and still not that of these bytes
	err = repo.PutManifest(t.Context(), registry.Ref{Tag: "v1"}, wrong)
	wantErr(t, "PutManifest of other bytes", err, registry.ErrUnverified)
	wantNoManifest(t, repo, registry.Ref{Tag: "v1"})
}

func testTooLarge(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	i := newImage(t, &m, types.OCIManifestSchema1, "one")
	putBlobs(t, repo, &m, i.blobs...)
	pad := bytes.Repeat([]byte(" "), registry.MaxManifest+1-len(i.Bytes))
	large := registry.NewManifest(i.MediaType, slices.Concat(i.Bytes, pad))
	if err := repo.PutManifest(t.Context(), registry.Ref{Tag: "v1"}, large); err == nil {
		t.Errorf("PutManifest of %d bytes: no error", len(large.Bytes))
	}
	wantNoManifest(t, repo, registry.Ref{Tag: "v1"})
	put(t, repo, "v1", registry.NewManifest(i.MediaType, large.Bytes[:registry.MaxManifest]))
}

func testCancelled(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	one := newImage(t, &m, types.OCIManifestSchema1, "one")
	two := newImage(t, &m, types.OCIManifestSchema1, "two")
	putImage(t, repo, &m, "v1", one)
	putBlobs(t, repo, &m, two.blobs[0])
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := repo.Manifest(ctx, registry.Ref{Tag: "v1"})
	wantErr(t, "Manifest", err, context.Canceled)
	_, err = repo.Describe(ctx, byDigest(one.Manifest))
	wantErr(t, "Describe", err, context.Canceled)
	_, err = repo.HasBlob(ctx, one.blobs[0])
	wantErr(t, "HasBlob", err, context.Canceled)
	_, err = repo.Blob(ctx, one.blobs[0])
	wantErr(t, "Blob", err, context.Canceled)
	_, err = repo.PutBlob(ctx, two.blobs[1], &m)
	wantErr(t, "PutBlob", err, context.Canceled)
	err = repo.PutManifest(ctx, registry.Ref{Tag: "other"}, one.Manifest)
	wantErr(t, "PutManifest", err, context.Canceled)

	wantNoBlob(t, repo, two.blobs[1])
	wantNoManifest(t, repo, registry.Ref{Tag: "other"})
	wantManifest(t, repo, registry.Ref{Tag: "v1"}, one.Manifest)
}

func testCancelledCopy(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	d := m.AddBlob(types.OCILayer, bytes.Repeat(hello, 100_000))
	ctx, cancel := context.WithCancel(t.Context())
	stop := func() error { cancel(); return nil } // the source itself would go on
	_, err := repo.PutBlob(ctx, d, source{&m, then(stop)})
	wantErr(t, "PutBlob", err, context.Canceled)
	wantNoBlob(t, repo, d)
}
