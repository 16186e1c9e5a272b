package remote

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/manifest-tool/manifest-tool/registry/remote/slots"
)

// A request is one request of a repository to its registry.
type request struct {
	method string
	scheme string // the registry's if empty
	path   string // on the registry; url replaces it
	url    *url.URL
	header http.Header
	// body opens the body for each try; nil means no body.
	body   func() (io.ReadCloser, error)
	length int64
	// needs are the uses that a token has to allow for the request, and apart means that the token is for these only.
	needs []Use
	apart bool
	// tries is the maximum number of tries; maxTries if zero.
	tries int
	// slotted means that the caller holds a slot for the request.
	slotted bool
	// probes means that the request shows whether an outage is over.
	probes bool
	// onResponse receives each answer, also redirects. It may be nil.
	onResponse func(*http.Response)
	// document means that the answer is read as a whole, see documentRate.
	document bool
	// commits means that the registry stores a blob before it answers, which may take minutes.
	commits bool
}

// noLogin is the authorization of a request without a login.
func noLogin() (string, error) { return "", nil }

// exchange sends a request once and follows redirects as policy allows. Only the registry itself gets the
// authorization, which exchange asks for after the wait for a slot.
func (h *host) exchange(ctx context.Context, r request, authorization func() (string, error)) (*http.Response, error) {
	if r.slotted {
		return h.sendWith(ctx, r, authorization)
	}
	release, err := admit(ctx, slots.Claim{Slots: h.slots, N: 1, Requests: slots.One(h.kind(r))})
	if err != nil {
		return nil, err
	}
	if !r.probes && h.outage.isDown() {
		release()
		return nil, errHeld
	}
	resp, err := h.sendWith(ctx, r, authorization)
	if err != nil {
		release()
		return nil, err
	}
	resp.Body = &slotBody{ReadCloser: resp.Body, release: release}
	return resp, nil
}

func (h *host) sendWith(ctx context.Context, r request, authorization func() (string, error)) (*http.Response, error) {
	header, err := authorization()
	if err != nil {
		return nil, err
	}
	at := h.outage.send()
	defer h.outage.sent()
	resp, err := h.policy.send(ctx, h, r, header)
	switch {
	case err == nil:
		h.outage.end(at)
	case ctx.Err() == nil && isUnanswered(err) && (r.url == nil || h.owns(r.url)):
		h.outage.fail(err)
	}
	return resp, err
}

// slotBody releases a slot when the body is closed.
type slotBody struct {
	io.ReadCloser
	release func()
	once    sync.Once
}

func (b *slotBody) Close() error {
	defer b.once.Do(b.release)
	return b.ReadCloser.Close()
}

// kind returns what the request counts as at the registry.
func (h *host) kind(r request) slots.Kind {
	path := r.path
	if r.url != nil {
		path = r.url.Path
	}
	return kindOf(r.method, path)
}

func (h *host) target(r request) (*url.URL, error) {
	if r.url != nil {
		return r.url, nil
	}
	return url.Parse(cmp.Or(r.scheme, *h.scheme.Load()) + "://" + h.registry.RegistryStr() + r.path)
}

// owns reports whether a URL is on the registry itself.
func (h *host) owns(at *url.URL) bool {
	own, err := h.target(request{path: "/"})
	return err == nil && sameOrigin(own, at)
}

// drain reads the short rest of an unused body, so that its connection can be used again.
func drain(resp *http.Response) {
	io.CopyN(io.Discard, resp.Body, 4<<10)
	resp.Body.Close()
}
