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

// HasBlob sends a HEAD request. A 200 with another size means false. So does a registry that does not support HEAD,
// because to send a blob again does no harm.
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

// Blob reads a blob. It keeps the config of an image, because a copy reads the config twice.
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
	r.blobCache().put(registry.NewManifest(d.MediaType, raw), len(raw) <= maxConfigOnDisk)
	return verified(named{io.NopCloser(bytes.NewReader(raw)), r.client.host.name(req)}, d, resp.Header)
}

// A named reader has a String method for errors.
type named struct {
	io.ReadCloser
	name string
}

func (n named) String() string { return n.name }

func isConfig(d v1.Descriptor) bool {
	return (d.MediaType == types.OCIConfigJSON || d.MediaType == types.DockerConfigJSON) && d.Size <= registry.MaxManifest
}

// blobCache is the part of the cache for configs: a registry may have a manifest and lack a blob with the same bytes.
func (r *Repository) blobCache() cacheView {
	c := r.cache
	c.repository, c.scope = c.repository+"/blobs", c.scope+"/blobs"
	return c
}

// kept returns a config that was read before.
func (r *Repository) kept(d v1.Descriptor) (io.ReadCloser, bool) {
	config, ok := r.blobCache().get(d.Digest)
	if !ok {
		return nil, false
	}
	blob, err := registry.Verify(io.NopCloser(bytes.NewReader(config.Bytes)), d)
	return blob, err == nil
}

// blob opens a blob whose reader reconnects after a broken connection. With slotted, the caller holds a slot and
// there is only one try.
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
