package remote

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// HasBlob asks with HEAD. A 200 is a yes, unless it names another size; a registry that does not
// answer HEAD is a no, as sending a blob again does no harm.
func (r *Repository) HasBlob(ctx context.Context, d v1.Descriptor) (bool, error) {
	resp, err := r.client.do(ctx, r.request(http.MethodHead, "/blobs/"+d.Digest.String()), http.StatusOK)
	var answer *ResponseError
	switch {
	case errors.As(err, &answer) && answer.Status != http.StatusUnauthorized && !errors.Is(err, registry.ErrUnavailable):
		return false, nil
	case err != nil:
		return false, err
	}
	resp.Body.Close()
	return resp.ContentLength < 0 || resp.ContentLength == d.Size, nil
}

// Blob reads a blob. The config of an image is kept, as who copies the image has read it before.
func (r *Repository) Blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	if d.MediaType != types.OCIConfigJSON && d.MediaType != types.DockerConfigJSON || d.Size > registry.MaxManifest {
		return r.blob(ctx, d, false)
	}
	config, ok := r.session.manifests.get(r.name.Name()+"/blobs", d.Digest)
	if !ok {
		blob, err := r.blob(ctx, d, false)
		if err != nil {
			return nil, err
		}
		defer blob.Close()
		raw, err := io.ReadAll(blob)
		if err != nil {
			return nil, err
		}
		config = registry.NewManifest(d.MediaType, raw)
		r.session.manifests.put(r.name.Name()+"/blobs", config)
	}
	return registry.Verify(io.NopCloser(bytes.NewReader(config.Bytes)), d)
}

func (r *Repository) blob(ctx context.Context, d v1.Descriptor, slotted bool) (io.ReadCloser, error) {
	req := r.request(http.MethodGet, "/blobs/"+d.Digest.String())
	req.slotted, req.once = slotted, slotted // who holds a slot does not sleep
	resp, err := r.client.do(ctx, req, http.StatusOK)
	if err != nil {
		return nil, err
	}
	return registry.Verify(&blobBody{ReadCloser: resp.Body, request: req, host: r.client.host}, d)
}

// blobBody gives what goes wrong while reading a class.
type blobBody struct {
	io.ReadCloser
	request request
	host    *host
}

func (b *blobBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = transportError(b.request, b.host, err)
	}
	return n, err
}

// worthAsking is the size from which it pays to ask whether a blob is there, though an upload for it
// is open already.
const worthAsking = 1 << 20

// PutBlob mounts the blob from a repository of the same registry and credential, or streams it.
func (r *Repository) PutBlob(ctx context.Context, d v1.Descriptor, from ...registry.Repository) (registry.Transfer, error) {
	var session *url.URL
	for _, source := range from {
		other, ok := source.(*Repository)
		if !ok || other.client != r.client {
			continue
		}
		mounted, upload, err := r.mount(ctx, d, other)
		if err != nil || mounted {
			return registry.Mounted, err
		}
		if upload != nil {
			session = upload
			break // the registry does not mount this blob, but waits for its bytes
		}
	}
	if session == nil || d.Size > worthAsking {
		if has, err := r.HasBlob(ctx, d); err != nil || has {
			return registry.Present, err
		}
	}
	var err error
	for _, source := range from {
		if err = r.stream(ctx, d, source, session); !errors.Is(err, registry.ErrNotFound) {
			return registry.Streamed, err
		}
		session = nil
	}
	if err == nil {
		err = registry.Errorf(registry.ErrNotFound, "blob %s: there is nowhere to take it from", d.Digest)
	}
	return registry.Streamed, err
}

// mount asks the registry to take a blob from another of its repositories, without asking first
// whether either has it. A registry that does not do that opens an upload instead (distribution-spec,
// "Mounting a blob from another repository"), or refuses, which is no failure.
func (r *Repository) mount(ctx context.Context, d v1.Descriptor, from *Repository) (mounted bool, upload *url.URL, err error) {
	req := r.request(http.MethodPost, "/blobs/uploads/?"+url.Values{
		"mount": {d.Digest.String()},
		"from":  {from.name.RepositoryStr()},
	}.Encode())
	req.scopes = append(req.scopes, from.name.Scope(transport.PullScope))
	req.once = true
	resp, err := r.client.do(ctx, req, http.StatusCreated, http.StatusAccepted)
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, registry.ErrUnverified) {
			return false, nil, err
		}
		return false, nil, nil
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusCreated {
		return true, nil, nil
	}
	upload, err = r.uploadURL(req, resp)
	return false, upload, err
}

// stream sends a blob's bytes, and starts over where that fails on the way.
func (r *Repository) stream(ctx context.Context, d v1.Descriptor, from registry.Repository, session *url.URL) error {
	return r.client.host.retry(ctx, false, func() error {
		upload := session
		session = nil // used once
		if upload == nil {
			var err error
			if upload, err = r.startUpload(ctx); err != nil {
				return err
			}
		}
		return r.send(ctx, d, from, upload)
	})
}

func (r *Repository) startUpload(ctx context.Context) (*url.URL, error) {
	req := r.request(http.MethodPost, "/blobs/uploads/")
	resp, err := r.client.do(ctx, req, http.StatusAccepted)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return r.uploadURL(req, resp)
}

// uploadURL is where the registry wants the bytes: opaque, and relative or not (distribution-spec,
// "Pushing blobs"). It is never worse protected than the registry itself.
func (r *Repository) uploadURL(req request, resp *http.Response) (*url.URL, error) {
	at, err := r.client.host.target(req)
	if err != nil {
		return nil, err
	}
	upload, err := at.Parse(resp.Header.Get("Location"))
	if err != nil || resp.Header.Get("Location") == "" {
		return nil, registry.Errorf(registry.ErrRefused, "%s %s: the registry does not say where to send the blob", req.method, redact(at))
	}
	if upload.Scheme != "https" && upload.Scheme != at.Scheme {
		return nil, registry.Errorf(registry.ErrUnverified, "%s %s: sends us to %s, which is not https: refused", req.method, redact(at), redact(upload))
	}
	return upload, nil
}

// send puts the bytes of a blob into an upload. Within one registry it takes both slots at once:
// were they taken one by one, all could be held by reads whose writes wait for one.
func (r *Repository) send(ctx context.Context, d v1.Descriptor, from registry.Repository, upload *url.URL) error {
	open := func() (io.ReadCloser, error) { return from.Blob(ctx, d) }
	other, ok := from.(*Repository)
	together := ok && other.client.host == r.client.host
	if together {
		slots := r.client.host.slots
		if err := slots.Acquire(ctx, 2); err != nil {
			return err
		}
		defer slots.Release(2)
		open = func() (io.ReadCloser, error) { return other.blob(ctx, d, true) }
	}
	at := *upload
	at.RawQuery = appendQuery(upload.RawQuery, url.Values{"digest": {d.Digest.String()}})
	req := r.request(http.MethodPut, "")
	var source sourceError
	req.url, req.length = &at, d.Size
	req.body = func() (io.ReadCloser, error) { return source.watch(ctx, d, open) }
	req.header.Set("Content-Type", "application/octet-stream")
	req.once, req.slotted, req.commits = true, together, true
	resp, err := r.client.do(ctx, req, http.StatusCreated, http.StatusNoContent)
	if err != nil {
		return source.or(err)
	}
	return resp.Body.Close()
}

// A sourceError is what went wrong while reading what is sent, which net/http tells only as the
// trouble of a connection. Its reader may still be in use when the exchange is over.
type sourceError struct {
	mu  sync.Mutex
	err error
}

// watch opens the source, verified: what is wrong ends before a registry has all of it.
func (s *sourceError) watch(ctx context.Context, d v1.Descriptor, open func() (io.ReadCloser, error)) (io.ReadCloser, error) {
	blob, err := open()
	if err == nil {
		blob, err = registry.Verify(blob, d)
	}
	if err != nil {
		s.set(err)
		return nil, err
	}
	return &watchedBody{ReadCloser: blob, ctx: ctx, source: s}, nil
}

func (s *sourceError) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = cmp.Or(s.err, err)
}

// or is the source's error, unless the registry gave an answer of its own.
func (s *sourceError) or(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer := (*ResponseError)(nil); errors.As(err, &answer) {
		return err
	}
	return cmp.Or(s.err, err)
}

type watchedBody struct {
	io.ReadCloser
	ctx    context.Context
	source *sourceError
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if ended := b.ctx.Err(); ended != nil {
		n, err = 0, ended // nothing more goes out
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.source.set(err)
	}
	return n, err
}

// appendQuery leaves the query of a registry as it is, which may not be encoded the way we would.
func appendQuery(query string, more url.Values) string {
	if query == "" {
		return more.Encode()
	}
	return query + "&" + more.Encode()
}
