package remote

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// accepted is sent with every request for a manifest, also HEAD: some registries answer 404, or choose an image of
// an index, if the stored type is not accepted.
var accepted = strings.Join([]string{
	string(types.OCIImageIndex), string(types.DockerManifestList),
	string(types.OCIManifestSchema1), string(types.DockerManifestSchema2),
}, ", ")

// A Repository is a repository on a registry server.
type Repository struct {
	client *client
	name   name.Repository
	cache  cacheView
	stored *storedRecord
}

var _ registry.Repository = (*Repository)(nil)

// Uncached returns the repository without its cache.
func (r *Repository) Uncached() registry.Repository {
	fresh := *r
	fresh.cache, fresh.stored = cacheView{}, nil
	return &fresh
}

func (r *Repository) path(rest string) string { return "/v2/" + r.name.RepositoryStr() + rest }

// request returns a request to the repository. A method other than GET and HEAD needs the push scope.
func (r *Repository) request(method, path string) request {
	reads := method == http.MethodGet || method == http.MethodHead
	return request{method: method, path: r.path(path), header: http.Header{}, needs: []Use{{Repository: r.name, Push: !reads}}}
}

func (r *Repository) manifestRequest(method string, ref registry.Ref) request {
	req := r.request(method, "/manifests/"+ref.String())
	req.header.Set("Accept", accepted)
	return req
}

// Manifest reads a manifest. It does not fetch a digest twice in a session.
func (r *Repository) Manifest(ctx context.Context, ref registry.Ref) (registry.Manifest, error) {
	if err := ref.Check(); err != nil {
		return registry.Manifest{}, err
	}
	if m, ok := r.cachedManifest(ref.Digest); ok {
		return m, nil
	}
	return r.manifest(ctx, ref, maxTries)
}

// cachedManifest returns a manifest that this run or an earlier one has read. What an earlier run has read is checked as
// what a registry sends.
func (r *Repository) cachedManifest(digest v1.Hash) (registry.Manifest, bool) {
	m, ok := r.cache.get(digest)
	if !ok || !r.cache.mayBeGone(digest) {
		return m, ok
	}
	m, err := registry.Identify(string(m.MediaType), m.Bytes)
	return m, err == nil
}

// MayBeGone reports whether a manifest that was read may come from an earlier run: see [registry.Remembering].
func (r *Repository) MayBeGone(digest v1.Hash) bool { return r.cache.mayBeGone(digest) }

// manifest reads a manifest without a look into the cache.
func (r *Repository) manifest(ctx context.Context, ref registry.Ref, tries int) (registry.Manifest, error) {
	req := r.manifestRequest(http.MethodGet, ref)
	req.tries = tries
	var m registry.Manifest
	_, _, err := r.client.readAnd(ctx, req, registry.MaxManifest+1, func(resp *http.Response, raw []byte) (err error) {
		if m, err = r.identify(ref, resp, raw); err != nil {
			return fmt.Errorf("GET %s: %w", redact(resp.Request.URL), encoded(resp.Header, err))
		}
		r.cache.put(m, true)
		return nil
	})
	return m, err
}

// identify makes a manifest of an answer. It checks the type before the digest, because the digest of a schema 1
// image is not that of its bytes. The descriptor of a schema 1 image is returned with the error, because a tag that
// holds one may be overwritten.
func (r *Repository) identify(ref registry.Ref, resp *http.Response, raw []byte) (registry.Manifest, error) {
	declared := resp.Header.Get("Content-Type")
	want, known := wanted(ref, resp.Header)
	if !known {
		want = registry.DigestOf(raw)
	}
	m, err := registry.Identify(declared, raw)
	switch {
	case errors.Is(err, registry.ErrSchema1):
		return registry.Manifest{MediaType: types.MediaType(declared), Digest: want, Bytes: raw}, err
	case registry.DigestOf(raw) != want:
		return registry.Manifest{}, registry.Errorf(registry.ErrUnverified, "the content has the digest %s, not %s", registry.DigestOf(raw), want)
	case err != nil && refusal.CodingOf(resp.Header) == "" && refusal.IsHTML(resp.Header, raw):
		return m, pageError{registry.Errorf(registry.ErrUnverified, "%s", refusal.Shorten(r.client.host.mask.hide(refusal.PageText(raw))))}
	}
	return m, err
}

// wanted returns the digest that an answer must have: that of the reference, else that of the header.
func wanted(ref registry.Ref, h http.Header) (v1.Hash, bool) {
	if ref.Digest != (v1.Hash{}) {
		return ref.Digest, true
	}
	digest, err := v1.NewHash(h.Get("Docker-Content-Digest"))
	return digest, err == nil
}

// headTries is low, because a GET follows.
const headTries = 2

// Describe sends a HEAD request. If the answer is incomplete or a failure, it reads the manifest.
func (r *Repository) Describe(ctx context.Context, ref registry.Ref) (v1.Descriptor, error) {
	if err := ref.Check(); err != nil {
		return v1.Descriptor{}, err
	}
	return r.describe(ctx, ref, maxTries)
}

func (r *Repository) describe(ctx context.Context, ref registry.Ref, tries int) (v1.Descriptor, error) {
	req := r.manifestRequest(http.MethodHead, ref)
	req.tries = min(tries, headTries)
	resp, err := r.client.do(ctx, req, http.StatusOK)
	switch {
	case err == nil:
		resp.Body.Close()
		if d, ok := described(resp.Header); ok && (ref.Digest == v1.Hash{} || ref.Digest == d.Digest) {
			return d, nil
		}
	case ctx.Err() != nil, errors.Is(err, registry.ErrNotFound), unauthorized(err), !hasAnswer(err) && !worthTrying(err):
		return v1.Descriptor{}, err
	}
	m, err := r.manifest(ctx, ref, tries)
	if errors.Is(err, registry.ErrSchema1) {
		err = nil
	}
	return m.Descriptor(), err
}

func described(h http.Header) (v1.Descriptor, bool) {
	digest, err := v1.NewHash(h.Get("Docker-Content-Digest"))
	size, sizeErr := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
	mediaType, _, _ := mime.ParseMediaType(h.Get("Content-Type")) // without its parameters
	return v1.Descriptor{MediaType: types.MediaType(mediaType), Digest: digest, Size: size}, err == nil && sizeErr == nil
}

// PutManifest stores a manifest, but no manifest by its digest that this session has stored. Before a second PUT it checks whether the first one stored the manifest, because an
// immutable tag would refuse the second.
func (r *Repository) PutManifest(ctx context.Context, ref registry.Ref, m registry.Manifest) error {
	if ref.Digest == m.Digest && r.Stored(m.Digest) {
		return nil
	}
	return r.PutManifestIf(ctx, ref, m, func(context.Context) error { return nil })
}

// PutManifestIf is PutManifest with a check before each try. An error of the check ends it.
func (r *Repository) PutManifestIf(ctx context.Context, ref registry.Ref, m registry.Manifest, look func(context.Context) error) error {
	_, err := r.putManifest(ctx, ref, m, look)
	return err
}

// PutReferrer is PutManifest for a manifest with a subject. A registry that lists referrers sends the header
// OCI-Subject (distribution-spec, "Pushing Manifests with Subject").
func (r *Repository) PutReferrer(ctx context.Context, m registry.Manifest) (listed bool, err error) {
	answer, err := r.putManifest(ctx, registry.Ref{Digest: m.Digest}, m, func(context.Context) error { return nil })
	return answer.Get("Oci-Subject") != "", err
}

// putManifest returns the header of the answer, or nil if the answer was lost.
func (r *Repository) putManifest(ctx context.Context, ref registry.Ref, m registry.Manifest, look func(context.Context) error) (answer http.Header, err error) {
	if err := ref.Check(); err != nil {
		return nil, err
	}
	if ref.Digest != (v1.Hash{}) && ref.Digest != m.Digest || m.Digest != registry.DigestOf(m.Bytes) {
		return nil, registry.Errorf(registry.ErrUnverified, "%s: the content has the digest %s", ref, registry.DigestOf(m.Bytes))
	}
	if len(m.Bytes) > registry.MaxManifest {
		return nil, registry.Errorf(registry.ErrInvalid, "%s: the manifest has %d bytes, which exceeds the limit", m.Digest, len(m.Bytes))
	}
	err = r.client.host.retryFor(ctx, 0, tryTime, func(ctx context.Context) error {
		if err := look(ctx); err != nil {
			return err
		}
		answer, err = r.put(ctx, ref, m)
		if mayBeStored(ref, err) && r.holds(ctx, ref, m.Digest) {
			return nil
		}
		return err
	})
	if r.stored.forget(r.name.Name(), err); err == nil {
		r.stored.keepManifest(r.key(m.Digest))
	}
	return answer, err
}

// put sends a manifest once. A 201 means that it is stored (distribution-spec, "Pushing Manifests"). After another
// success status put checks that the registry has it.
func (r *Repository) put(ctx context.Context, ref registry.Ref, m registry.Manifest) (http.Header, error) {
	req := r.request(http.MethodPut, "/manifests/"+ref.String())
	req.header.Set("Content-Type", string(m.MediaType))
	req.length = int64(len(m.Bytes))
	req.body = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(m.Bytes)), nil }
	resp, err := r.client.once(ctx, req, http.StatusCreated, http.StatusOK, http.StatusAccepted)
	if err != nil {
		return nil, err
	}
	drain(resp)
	if stored, ok := wanted(registry.Ref{}, resp.Header); ok && stored != m.Digest {
		if err := r.doubt(ctx, m, fmt.Sprintf("%s: the registry reports the digest %s, not %s", r.client.host.name(req), stored, m.Digest)); err != nil {
			return nil, err
		}
	}
	if resp.StatusCode == http.StatusCreated {
		return resp.Header, nil
	}
	if _, err = r.Describe(ctx, registry.Ref{Digest: m.Digest}); errors.Is(err, registry.ErrNotFound) {
		return nil, registry.Errorf(registry.ErrRefused, "%s: %s, but the registry does not store the manifest", r.client.host.name(req), refusal.StatusText(resp.StatusCode))
	}
	return resp.Header, err
}

// doubt reads a manifest back if the answer to its PUT names another digest. If the registry holds the right bytes,
// a warning is enough.
func (r *Repository) doubt(ctx context.Context, m registry.Manifest, text string) error {
	if _, err := r.manifest(ctx, registry.Ref{Digest: m.Digest}, headTries); err != nil {
		return cmp.Or(ctx.Err(), registry.Errorf(registry.ErrUnverified, "%s", text))
	}
	r.client.host.warnOnce("digest", text+", but stores the correct content")
	return nil
}

// mayBeStored reports whether the registry may have carried out a failed PUT of a manifest: the answer was lost, or
// the second PUT of an immutable tag was refused.
func mayBeStored(ref registry.Ref, err error) bool {
	var answer *ResponseError
	switch {
	case !errors.Is(err, registry.ErrUnavailable):
		return ref.Tag != "" && errors.As(err, &answer) && answer.Immutable()
	case errors.As(err, &answer):
		return answer.Status != http.StatusTooManyRequests
	}
	return true
}

// holds reports whether a reference has a digest. It does not retry.
func (r *Repository) holds(ctx context.Context, ref registry.Ref, want v1.Hash) bool {
	d, err := r.describe(ctx, ref, 1)
	return err == nil && d.Digest == want
}
