package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// accepted is asked for with every manifest, by HEAD too: some registries answer 404, or choose an
// image by themselves, where the type of what they hold is not accepted.
var accepted = strings.Join([]string{
	string(types.OCIImageIndex), string(types.DockerManifestList),
	string(types.OCIManifestSchema1), string(types.DockerManifestSchema2),
}, ", ")

// A Repository is a repository on a registry server.
type Repository struct {
	session *Session
	client  *client
	name    name.Repository
}

var _ registry.Repository = (*Repository)(nil)

func (r *Repository) path(rest string) string { return "/v2/" + r.name.RepositoryStr() + rest }

// request is one to this repository, which pushes if it changes anything.
func (r *Repository) request(method, path string) request {
	scope := transport.PullScope
	if method != http.MethodGet && method != http.MethodHead {
		scope = transport.PushScope
	}
	return request{method: method, path: r.path(path), header: http.Header{}, scopes: []string{r.name.Scope(scope)}}
}

func (r *Repository) manifestRequest(method string, ref registry.Ref) request {
	req := r.request(method, "/manifests/"+ref.String())
	req.header.Set("Accept", accepted)
	return req
}

// Manifest reads a manifest. One that was read before in this session is not fetched again.
func (r *Repository) Manifest(ctx context.Context, ref registry.Ref) (registry.Manifest, error) {
	if err := ref.Check(); err != nil {
		return registry.Manifest{}, err
	}
	if m, ok := r.session.manifests.get(r.name.Name(), ref.Digest); ok {
		return m, nil
	}
	req := r.manifestRequest(http.MethodGet, ref)
	resp, err := r.client.do(ctx, req, http.StatusOK)
	if err != nil {
		return registry.Manifest{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, registry.MaxManifest+1))
	if err != nil {
		return registry.Manifest{}, transportError(req, r.client.host, err)
	}
	if want, ok := wanted(ref, resp.Header); ok && registry.DigestOf(raw) != want {
		return registry.Manifest{}, registry.Errorf(registry.ErrUnverified, "%s: the registry sent %s, not %s", ref, registry.DigestOf(raw), want)
	}
	m, err := registry.Identify(resp.Header.Get("Content-Type"), raw)
	switch at := redact(resp.Request.URL); {
	case err != nil && isHTML(resp.Header, raw):
		return m, registry.Errorf(registry.ErrUnverified, "GET %s: %s", at, htmlText)
	case err != nil:
		return m, fmt.Errorf("GET %s: %w", at, err)
	}
	r.session.manifests.put(r.name.Name(), m)
	return m, nil
}

// wanted is the digest that an answer has to have: that of the reference, else what the registry
// itself says of a tag.
func wanted(ref registry.Ref, h http.Header) (v1.Hash, bool) {
	if ref.Digest != (v1.Hash{}) {
		return ref.Digest, true
	}
	digest, err := v1.NewHash(h.Get("Docker-Content-Digest"))
	return digest, err == nil
}

// Describe asks with HEAD. Where a registry does not answer that in full, the manifest is read.
func (r *Repository) Describe(ctx context.Context, ref registry.Ref) (v1.Descriptor, error) {
	if err := ref.Check(); err != nil {
		return v1.Descriptor{}, err
	}
	resp, err := r.client.do(ctx, r.manifestRequest(http.MethodHead, ref), http.StatusOK)
	var answer *ResponseError
	switch {
	case err == nil:
		resp.Body.Close()
		if d, ok := described(resp.Header); ok && (ref.Digest == v1.Hash{} || ref.Digest == d.Digest) {
			return d, nil
		}
	case errors.Is(err, registry.ErrNotFound), !errors.As(err, &answer):
		return v1.Descriptor{}, err
	}
	m, err := r.Manifest(ctx, ref)
	return m.Descriptor(), err
}

func described(h http.Header) (v1.Descriptor, bool) {
	digest, err := v1.NewHash(h.Get("Docker-Content-Digest"))
	size, sizeErr := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
	return v1.Descriptor{MediaType: types.MediaType(h.Get("Content-Type")), Digest: digest, Size: size}, err == nil && sizeErr == nil
}

// PutManifest stores a manifest. Only 201 says that it is stored (distribution-spec, "Pushing
// Manifests"); after another success it is looked for.
func (r *Repository) PutManifest(ctx context.Context, ref registry.Ref, m registry.Manifest) error {
	if err := ref.Check(); err != nil {
		return err
	}
	if ref.Digest != (v1.Hash{}) && ref.Digest != m.Digest || m.Digest != registry.DigestOf(m.Bytes) {
		return registry.Errorf(registry.ErrUnverified, "%s: the bytes have the digest %s", ref, registry.DigestOf(m.Bytes))
	}
	if len(m.Bytes) > registry.MaxManifest {
		return registry.Errorf(registry.ErrInvalid, "%s: %d bytes are more than a manifest may have", m.Digest, len(m.Bytes))
	}
	req := r.request(http.MethodPut, "/manifests/"+ref.String())
	req.header.Set("Content-Type", string(m.MediaType))
	req.length = int64(len(m.Bytes))
	req.body = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(m.Bytes)), nil }
	resp, err := r.client.do(ctx, req, http.StatusCreated, http.StatusOK, http.StatusAccepted)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if stored, ok := wanted(registry.Ref{}, resp.Header); ok && stored != m.Digest {
		return registry.Errorf(registry.ErrUnverified, "%s: the registry says that it stored %s", m.Digest, stored)
	}
	if resp.StatusCode != http.StatusCreated {
		_, err = r.Describe(ctx, registry.Ref{Digest: m.Digest})
	}
	return err
}
