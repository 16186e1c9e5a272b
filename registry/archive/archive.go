// Package archive reads images from tars: OCI archives, which hold an OCI image layout (buildx -o type=oci,
// podman save --format oci-archive), and docker archives (docker save). It unpacks nothing: it reads the
// headers once, and each blob in its place. It trusts nothing in the tar, as package layout.
package archive

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Options control how an archive is read.
type Options struct {
	Kind spec.Kind // OCIArchive or DockerArchive
	// Compress compresses the uncompressed layers of a docker archive with gzip.
	Compress bool
	// Note receives at most one text for the user for each image. It may be nil.
	Note func(text string)
}

// A Repository holds the images of one archive. Several goroutines may use it at once.
type Repository struct {
	path    string
	options Options
	free    int64 // anyRatio, except in tests

	mu     sync.Mutex // guards the fields below
	closed bool
	source *source

	loading sync.Mutex // guards the fields below; locked before mu
	table   *table
	failed  error // the error of the scan

	synthesizing sync.Mutex // held while a manifest is synthesized
	synthesized  synthesized

	unlisted unlisted
	kept     layout.KeptIndex
}

var _ registry.Repository = (*Repository)(nil)

// Open returns the archive in a file. The first read opens the file.
func Open(path string, o Options) (*Repository, error) {
	switch {
	case path == "":
		return nil, registry.Errorf(registry.ErrInvalid, "the file name of the archive is missing")
	case !o.Kind.IsArchive():
		return nil, registry.Errorf(registry.ErrInvalid, "%s: expected oci-archive:FILE or docker-archive:FILE", path)
	}
	return &Repository{path: filepath.Clean(path), options: o, free: anyRatio, synthesized: newSynthesized()}, nil
}

// Close closes the file. The Repository cannot be used afterwards.
func (r *Repository) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.source == nil {
		return nil
	}
	s := r.source
	r.source = nil
	return s.file.Close()
}

// Describe is Manifest without the bytes.
func (r *Repository) Describe(ctx context.Context, ref registry.Ref) (v1.Descriptor, error) {
	m, err := r.Manifest(ctx, ref)
	return m.Descriptor(), err
}

// Manifest reads a manifest by digest or name. It synthesizes the manifest of an image that docker saved without
// one. The zero Ref means the only image, else the image named "latest". A name that several platforms share gives
// an index of them: see [layout.Images.Find].
func (r *Repository) Manifest(ctx context.Context, ref registry.Ref) (registry.Manifest, error) {
	t, err := r.load(ctx)
	if err != nil {
		return registry.Manifest{}, err
	}
	b := builder{r, ctx, t}
	if m, ok := r.synthesized.manifest(ref.Digest); ok {
		return m, nil
	}
	switch {
	case r.options.Kind == spec.OCIArchive:
		return b.inLayout(ref)
	case ref.Digest != (v1.Hash{}):
		return b.byDigest(ref.Digest)
	}
	images, err := b.images(ref.Tag)
	if err != nil {
		return registry.Manifest{}, err
	}
	return images.Find(ref.Tag)
}

// HasBlob reports whether the archive holds a blob whose bytes match its digest.
func (r *Repository) HasBlob(ctx context.Context, d v1.Descriptor) (bool, error) {
	content, err := r.Blob(ctx, d)
	if err == nil {
		defer content.Close()
		_, err = io.Copy(io.Discard, content)
	}
	switch {
	case errors.Is(err, registry.ErrNotFound) || errors.Is(err, registry.ErrUnverified) && r.loaded():
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

func (r *Repository) loaded() bool {
	r.loading.Lock()
	defer r.loading.Unlock()
	return r.table != nil
}

// Blob opens a blob, whose reader checks digest and size.
func (r *Repository) Blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	t, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	content, err := builder{r, ctx, t}.blob(d.Digest)
	if err != nil {
		return nil, err
	}
	return registry.Verify(io.NopCloser(content), d)
}

// PutManifest returns an error: an archive is read only.
func (r *Repository) PutManifest(context.Context, registry.Ref, registry.Manifest) error {
	return r.readOnly()
}

// PutBlob returns an error: an archive is read only.
func (r *Repository) PutBlob(context.Context, v1.Descriptor, ...registry.Repository) (registry.Transfer, error) {
	return 0, r.readOnly()
}

func (r *Repository) readOnly() error {
	return registry.Errorf(registry.ErrInvalid, "%s: an existing archive cannot be changed", r.path)
}
