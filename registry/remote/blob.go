package remote

import (
	"bytes"
	"context"
	"io"
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// HasBlob asks with HEAD. A 200 is a yes, unless it names another size; a registry that does not
// answer HEAD is a no, as sending a blob again does no harm.
func (r *Repository) HasBlob(ctx context.Context, d v1.Descriptor) (bool, error) {
	req := r.request(http.MethodHead, "/blobs/"+d.Digest.String())
	req.tries = headTries
	resp, err := r.client.do(ctx, req, http.StatusOK)
	switch {
	case hasAnswer(err) && !unauthorized(err):
		return false, ctx.Err()
	case err != nil:
		return false, err
	}
	resp.Body.Close()
	return resp.ContentLength < 0 || resp.ContentLength == d.Size, nil
}

// Blob reads a blob. The config of an image is kept, as who copies the image has read it before.
func (r *Repository) Blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	if !isConfig(d) {
		return r.blob(ctx, d, false)
	}
	if kept, ok := r.kept(d); ok {
		return kept, nil
	}
	req := r.request(http.MethodGet, "/blobs/"+d.Digest.String())
	resp, raw, err := r.client.read(ctx, req, d.Size+1)
	if err != nil {
		return nil, err
	}
	r.cache.put(r.name.Name()+"/blobs", registry.NewManifest(d.MediaType, raw))
	return verified(named{io.NopCloser(bytes.NewReader(raw)), r.client.host.name(req)}, d, resp.Header)
}

// A named reader says in errors where it comes from.
type named struct {
	io.ReadCloser
	name string
}

func (n named) String() string { return n.name }

func isConfig(d v1.Descriptor) bool {
	return (d.MediaType == types.OCIConfigJSON || d.MediaType == types.DockerConfigJSON) && d.Size <= registry.MaxManifest
}

// kept is a config that was read before.
func (r *Repository) kept(d v1.Descriptor) (io.ReadCloser, bool) {
	config, ok := r.cache.get(r.name.Name()+"/blobs", d.Digest)
	if !ok {
		return nil, false
	}
	blob, err := registry.Verify(io.NopCloser(bytes.NewReader(config.Bytes)), d)
	return blob, err == nil
}

// blob opens a blob, which goes on by itself where its connection breaks. Who holds a slot for it does
// not wait for another try.
func (r *Repository) blob(ctx context.Context, d v1.Descriptor, slotted bool) (io.ReadCloser, error) {
	req := r.request(http.MethodGet, "/blobs/"+d.Digest.String())
	req.slotted = slotted
	if slotted {
		req.tries = 1
	}
	resp, err := r.client.do(ctx, req, http.StatusOK)
	if err != nil {
		return nil, err
	}
	return verified(&resumed{ReadCloser: resp.Body, ctx: ctx, client: r.client, request: req, size: d.Size}, d, resp.Header)
}
