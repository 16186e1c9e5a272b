package remote

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"sync"
)

// A request is what a repository asks of its registry.
type request struct {
	method string
	scheme string // that of the registry if empty
	path   string // behind the registry's name; or url, for a place that the registry named
	url    *url.URL
	header http.Header
	// body opens the body anew for each try; nil where there is none.
	body   func() (io.ReadCloser, error)
	length int64
	// scopes is what the request needs of a token.
	scopes []string
	// tries is how often it is sent at most; maxTries if zero.
	tries int
	// slotted is set where the caller holds a slot for it.
	slotted bool
	// met is told of each answer on the way, those of redirects too. It may be nil.
	onResponse func(*http.Response)
	// document is set for a request whose answer is read as a whole: see documentRate.
	document bool
	// commits is set for the request that makes a registry store a blob, which may take long.
	commits bool
}

// exchange sends a request once and follows where the server points, within the policy. The
// authorization goes to the registry itself and to nobody else.
func (h *host) exchange(ctx context.Context, r request, authorization string) (*http.Response, error) {
	if r.slotted {
		return h.policy.send(ctx, h, r, authorization)
	}
	release, err := admit(ctx, claim{h.slots, 1})
	if err != nil {
		return nil, err
	}
	resp, err := h.policy.send(ctx, h, r, authorization)
	if err != nil {
		release()
		return nil, err
	}
	resp.Body = &slotBody{ReadCloser: resp.Body, release: release}
	return resp, nil
}

// slotBody gives a slot back when the body is closed.
type slotBody struct {
	io.ReadCloser
	release func()
	once    sync.Once
}

func (b *slotBody) Close() error {
	defer b.once.Do(b.release)
	return b.ReadCloser.Close()
}

func (h *host) target(r request) (*url.URL, error) {
	if r.url != nil {
		return r.url, nil
	}
	return url.Parse(cmp.Or(r.scheme, *h.scheme.Load()) + "://" + h.registry.RegistryStr() + r.path)
}

// owns tells whether a place is on the registry itself, and not where somebody sent us.
func (h *host) owns(at *url.URL) bool {
	own, err := h.target(request{path: "/"})
	return err == nil && sameOrigin(own, at)
}

// drain reads the little that is left of an answer that nobody wants, so that its connection can be
// used again.
func drain(resp *http.Response) {
	io.CopyN(io.Discard, resp.Body, 4<<10)
	resp.Body.Close()
}
