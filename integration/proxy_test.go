package integration

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A proxy stands before registries and tells of every moment. All its fronts count together.
type proxy struct {
	mu      sync.Mutex
	tell    func(stopPoint) bool // whether the request may go on, once it returns; nil: it may
	seen    map[string]int
	moments []stopPoint
}

// on lets a test hear of what comes from now on.
func (p *proxy) on(tell func(stopPoint) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tell = tell
}

// forwarding is what all proxies reach the registries with.
var forwarding = &http.Transport{MaxIdleConnsPerHost: 16}

// front listens before a registry until the test ends, and returns the host to use in its place.
func (p *proxy) front(t testing.TB, registry string) string {
	t.Helper()
	silent := log.New(io.Discard, "", 0) // it would tell of each client that was killed
	forward := &httputil.ReverseProxy{
		// The host stays as it was, so that the registry's Locations lead back to here.
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", registry },
		Transport: forwarding,
		ErrorLog:  silent,
		ModifyResponse: func(resp *http.Response) error {
			return p.at(resp.Request.Context().Value(point{}).(point), answered)
		},
		// A client that was killed gets no answer, and neither does one whose registry gave none.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		here := p.count(r)
		if p.at(here, arrived) != nil {
			panic(http.ErrAbortHandler)
		}
		if r.ContentLength > 1 {
			r.Body = &halfBody{ReadCloser: r.Body, left: r.ContentLength / 2, then: func() error { return p.at(here, halfway) }}
		}
		forward.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), point{}, here)))
	}))
	server.Config.ErrorLog = silent
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// count says which point a request is.
func (p *proxy) count(r *http.Request) point {
	request := r.URL.Path
	for _, kind := range []string{"/manifests/", "/blobs/"} {
		if i := strings.LastIndex(request, kind); i >= 0 {
			request = request[i+1:]
		}
	}
	if strings.HasPrefix(request, "blobs/uploads/") {
		request = "blobs/uploads/" // what follows is another one in every run
	}
	request = r.Method + " " + request
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[string]int{}
	}
	p.seen[request]++
	return point{request, p.seen[request]}
}

var errHeld = errors.New("it may not go on")

func (p *proxy) at(here point, phase phase) error {
	m := stopPoint{here, phase}
	p.mu.Lock()
	p.moments = append(p.moments, m)
	tell := p.tell
	p.mu.Unlock()
	if tell != nil && !tell(m) {
		return errHeld
	}
	return nil
}

// inOrder gives the moments of a push in an order that is the same in every run.
func (p *proxy) inOrder() []stopPoint {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(slices.Values(p.moments), func(a, b stopPoint) int {
		return strings.Compare(a.String(), b.String())
	})
}

// halfBody does something when half of it is read.
type halfBody struct {
	io.ReadCloser
	left int64
	then func() error
}

func (h *halfBody) Read(b []byte) (int, error) {
	if h.left > 0 {
		n, err := h.ReadCloser.Read(b[:min(int64(len(b)), h.left)])
		h.left -= int64(n)
		return n, err
	}
	if then := h.then; then != nil {
		h.then = nil
		if err := then(); err != nil {
			return 0, err
		}
	}
	return h.ReadCloser.Read(b)
}
