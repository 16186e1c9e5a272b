package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/slots"
)

// worthAsking is the size from which PutBlob checks for the blob although an upload is open.
const worthAsking = 1 << 20

// PutBlob sees to it that the repository holds a blob, unless this session has done so before.
func (r *Repository) PutBlob(ctx context.Context, d v1.Descriptor, from ...registry.Repository) (registry.Transfer, error) {
	return r.stored.blob(ctx, r.key(d.Digest), onlyBytes(from), func() (registry.Transfer, error) { return r.bringBlob(ctx, d, from) })
}

// bringBlob mounts the blob from a repository of the same registry and credential, or sends its bytes, unless the blob
// exists. It sends the bytes of [registry.Bytes] without a check.
func (r *Repository) bringBlob(ctx context.Context, d v1.Descriptor, from []registry.Repository) (registry.Transfer, error) {
	mounted, upload, err := r.mountAny(ctx, d, from)
	if err != nil || mounted {
		return registry.Mounted, err
	}
	if !onlyBytes(from) && (upload == nil || d.Size > worthAsking) {
		if has, err := r.HasBlob(ctx, d); err != nil || has {
			r.abandon(ctx, upload)
			return registry.Present, err
		}
	}
	for _, source := range from {
		if err = r.stream(ctx, d, source, upload); !errors.Is(err, registry.ErrNotFound) {
			return registry.Streamed, err
		}
		upload = nil
	}
	if err == nil {
		err = registry.Errorf(registry.ErrNotFound, "blob %s: no source for the content", d.Digest)
	}
	return registry.Streamed, err
}

// mountAny tries to mount a blob from each repository.
func (r *Repository) mountAny(ctx context.Context, d v1.Descriptor, from []registry.Repository) (mounted bool, upload *url.URL, err error) {
	for _, source := range from {
		other, ok := source.(*Repository)
		if !ok || other.client != r.client {
			continue
		}
		if mounted, upload, err = r.mount(ctx, d, other); err != nil || mounted || upload != nil {
			break // an upload means that the registry does not mount the blob
		}
	}
	return mounted, upload, err
}

// mountTries is low, because an upload follows.
const mountTries = 2

// mount asks the registry to mount a blob without a check that either repository has it. A registry that does not
// mount opens an upload (distribution-spec, "Mounting a blob from another repository"), or refuses, which is no
// failure.
func (r *Repository) mount(ctx context.Context, d v1.Descriptor, from *Repository) (mounted bool, upload *url.URL, err error) {
	req := r.request(http.MethodPost, "/blobs/uploads/?"+url.Values{
		"mount": {d.Digest.String()},
		"from":  {from.name.RepositoryStr()},
	}.Encode())
	req.needs = append(req.needs, Use{Repository: from.name})
	req.tries = mountTries
	resp, err := r.client.do(ctx, req, http.StatusCreated, http.StatusAccepted)
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, registry.ErrUnverified) {
			return false, nil, err
		}
		return false, nil, nil
	}
	drain(resp)
	if resp.StatusCode == http.StatusCreated {
		return true, nil, nil
	}
	if upload, err = r.uploadURL(req, resp); errors.Is(err, registry.ErrRefused) {
		err = nil // a new upload may succeed
	}
	return false, upload, err
}

// stream sends the bytes of a blob, with retries. Damaged bytes, at the source or at the registry, are retried once.
func (r *Repository) stream(ctx context.Context, d v1.Descriptor, from registry.Repository, upload *url.URL) error {
	first, forgiven, ask := true, false, false
	return r.client.host.retry(ctx, 0, func(ctx context.Context) error {
		if !first {
			if has, err := r.HasBlob(ctx, d); err == nil && has {
				return nil // the answer was lost
			}
			upload = nil
		}
		first = false
		damaged, err := r.send(ctx, d, from, upload, ask)
		ask = !hasAnswer(err) && errors.Is(err, registry.ErrUnavailable)
		if damaged && !forgiven {
			forgiven, err = true, tryAgain{err}
		}
		return err
	})
}

// send opens the source, opens an upload at the same time if there is none, and sends the bytes. It reports whether
// the bytes were damaged.
func (r *Repository) send(ctx context.Context, d v1.Descriptor, from registry.Repository, upload *url.URL, ask bool) (damaged bool, err error) {
	defer func() {
		if err != nil && !mayBeCommitted(ctx, err) {
			r.abandon(ctx, upload) // the slots are released at this point
		}
	}()
	writes := 1
	if upload == nil {
		writes = 2
	}
	pass, err := r.client.host.admitOutage(ctx)
	if err != nil {
		return false, err
	}
	defer pass.leave()
	claims := []slots.Claim{{Slots: r.client.host.slots, N: 1, Requests: slots.Requests{slots.Write: writes}}}
	open := func(ctx context.Context) (io.ReadCloser, error) { return from.Blob(ctx, d) }
	if other, ok := onRegistry(from); ok {
		claims = claimsFor(r.client.host, other.client.host, writes)
		open = func(ctx context.Context) (io.ReadCloser, error) { return other.open(ctx, d) }
	}
	release, err := admit(ctx, claims...)
	if err != nil {
		return false, err
	}
	defer release()
	source := &source{blob: d, open: open, sent: r.client.host.sent, ask: ask}
	defer source.prepare(ctx)()
	if upload == nil {
		if upload, err = r.startUpload(ctx); err != nil {
			return false, err
		}
	}
	if err := r.putBlob(ctx, source, upload); err != nil {
		return source.cause(err)
	}
	return false, nil
}

// mayBeCommitted reports whether the registry may still store the blob of a failed PUT: there was no answer, or a
// gateway gave up before the registry.
func mayBeCommitted(ctx context.Context, err error) bool {
	var answer *ResponseError
	if errors.As(err, &answer) {
		return answer.Method == http.MethodPut && answer.Status >= 500
	}
	return ctx.Err() == nil && errors.Is(err, registry.ErrUnavailable)
}

// startUpload opens an upload. The caller holds a slot.
func (r *Repository) startUpload(ctx context.Context) (*url.URL, error) {
	req := r.request(http.MethodPost, "/blobs/uploads/")
	req.tries, req.slotted = 1, true
	resp, err := r.client.do(ctx, req, http.StatusAccepted)
	if err != nil {
		return nil, err
	}
	drain(resp)
	return r.uploadURL(req, resp)
}

// putBlob sends the whole source in one PUT.
func (r *Repository) putBlob(ctx context.Context, source *source, upload *url.URL) error {
	at := *upload
	at.RawQuery = appendQuery(upload.RawQuery, url.Values{"digest": {source.blob.Digest.String()}})
	req := r.request(http.MethodPut, "")
	req.url, req.length, req.body = &at, source.blob.Size, source.body
	req.header.Set("Content-Type", "application/octet-stream")
	if source.ask {
		req.header.Set("Expect", "100-continue")
	}
	req.tries, req.slotted, req.commits = 1, true, true
	resp, err := r.client.do(ctx, req, http.StatusCreated, http.StatusNoContent)
	if err != nil {
		return err
	}
	drain(resp)
	return nil
}

// uploadURL returns the URL for the bytes from the Location header, which may be relative (distribution-spec,
// "Pushing blobs"). It refuses plain HTTP after https.
func (r *Repository) uploadURL(req request, resp *http.Response) (*url.URL, error) {
	at, err := r.client.host.target(req)
	if err != nil {
		return nil, err
	}
	upload, err := at.Parse(resp.Header.Get("Location"))
	if err != nil || resp.Header.Get("Location") == "" || upload.Hostname() == "" {
		return nil, registry.Errorf(registry.ErrRefused, "%s %s: the answer has no Location header, so the blob cannot be uploaded", req.method, redact(at))
	}
	if upload.Scheme != "https" && upload.Scheme != at.Scheme {
		return nil, fmt.Errorf("%s %s: %w", req.method, redact(at), r.client.host.notHTTPS("Location", upload))
	}
	return upload, nil
}

// onRegistry returns a source that is on a registry. To read it takes a slot.
func onRegistry(source registry.Repository) (*Repository, bool) {
	if b, ok := source.(registry.ForceUpload); ok {
		source = b.Repository
	}
	r, ok := source.(*Repository)
	return r, ok
}

func onlyBytes(from []registry.Repository) bool {
	return len(from) > 0 && !slices.ContainsFunc(from, func(source registry.Repository) bool {
		_, bytes := source.(registry.ForceUpload)
		return !bytes
	})
}

// open opens a blob. The caller holds a slot.
func (r *Repository) open(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	if kept, ok := r.kept(d); ok {
		return kept, nil
	}
	return r.blob(ctx, d, true)
}

// abandonTime limits the request that cancels an upload.
const abandonTime = time.Second

// abandon cancels an upload. Failures are ignored: distribution needs the right to delete for that, which the token
// does not have, and removes old uploads itself.
func (r *Repository) abandon(ctx context.Context, upload *url.URL) {
	if upload == nil || !r.client.host.owns(upload) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abandonTime)
	defer cancel()
	req := r.request(http.MethodDelete, "")
	req.url = upload
	if resp, _, err := r.client.exchangeAuthorized(ctx, req); err == nil {
		drain(resp)
	}
}

// appendQuery keeps the query of the registry byte for byte.
func appendQuery(query string, more url.Values) string {
	if query == "" {
		return more.Encode()
	}
	return query + "&" + more.Encode()
}
