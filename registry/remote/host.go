package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// A host is one registry server.
type host struct {
	registry name.Registry
	options  Options
	network  *network.Network
	policy   policy
	mask     *mask
	warnings warnings
	warned   sync.Map // what was warned of
	clients  map[name.Repository]*client
	// slots limits the requests under way. One is held until the body of the response is closed.
	slots *slots
	// gate lets one request through alone until a client knows how to be let in.
	probing parallel.Gate
	scheme  atomic.Pointer[string]
	settled atomic.Bool // it will not turn out to be another one

	mu       sync.Mutex
	failures int // how often a first contact failed, and how the last time
	failure  error
}

func newHost(r name.Registry, o Options) *host {
	h := &host{
		registry: r,
		options:  o,
		network:  network.New(r.RegistryStr(), o.forNetwork()),
		mask:     newMask(o.Secrets),
		clients:  map[name.Repository]*client{},
		slots:    newSlots(o.Jobs),
		probing:  parallel.NewGate(),
	}
	h.policy = policy{transport: h.network, trace: o.Trace}
	if o.Resting != nil {
		h.slots.waiting = func(until time.Time) { o.Resting(r, until) }
	}
	// registry.Scheme() is not asked: it says http for private addresses all by itself.
	plain := h.network.SpeaksPlainHTTP(r.RegistryStr())
	h.setScheme("https")
	if plain || h.loopback() {
		h.setScheme("http")
	}
	h.settled.Store(plain || !h.insecure() && !h.loopback())
	return h
}

// sent counts bytes of blobs that go out.
func (h *host) sent(n int) {
	if h.options.Sent != nil {
		h.options.Sent(h.registry, n)
	}
}

func (h *host) setScheme(s string) { h.scheme.Store(&s) }

// insecure tells whether any certificate of the registry may pass, or none.
func (h *host) insecure() bool { return h.network.AcceptsAnyCertificate(h.registry.RegistryStr()) }

// exposes tells of a login that everybody on the way can read, as the user wants it. With a flag, a name
// below localhost is one like any other: where it leads is not looked at.
func (h *host) warnOfExposedLogin(credential Credential) {
	name := h.registry.RegistryStr()
	stays := h.loopback() && !(h.network.SpeaksPlainHTTP(name) && strings.HasSuffix(strings.ToLower(network.Hostname(name)), ".localhost"))
	if (credential.AuthConfig != authn.AuthConfig{}) && *h.scheme.Load() == "http" && !stays {
		h.options.warn(name + " is spoken to by plain http: everybody on the way can read the login for it")
	}
}

// loopback tells whether the registry is on this machine, by its name. Dialling sees to it that it is.
func (h *host) loopback() bool { return network.IsLoopback(network.Hostname(h.registry.RegistryStr())) }

// failed tells how many first contacts have failed, and how the last one did.
func (h *host) probeFailures() (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failures, h.failure
}

// reached ends a row of failures.
func (h *host) probeSucceeded() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures, h.failure = 0, nil
}

func (h *host) probeFailed(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures, h.failure = h.failures+1, err
}

// contact makes the first exchange with a server, which decides between http and https. Only two
// things change the scheme: a loopback server that answers plain http with TLS is spoken to by
// https, and with --insecure, a server that answers TLS with plain http is spoken to by http.
// No credentials have been sent at that point.
func (h *host) negotiateScheme(ctx context.Context, r request) (*http.Response, error) {
	resp, err := h.exchange(ctx, r, "")
	if h.settled.Load() {
		return resp, err
	}
	switch scheme := *h.scheme.Load(); {
	case scheme == "https" && errors.Is(err, http.ErrSchemeMismatch):
		r.scheme = "http"
		if resp, err = h.exchange(ctx, r, ""); err == nil {
			h.setScheme("http")
			h.options.warn(h.registry.RegistryStr() + " does not speak TLS: --insecure lets it be spoken to by plain http")
		}
	case scheme == "http" && wantsTLS(r, resp, err):
		r.scheme = "https"
		secure, secureErr := h.exchange(ctx, r, "")
		var handshake *network.TLSError
		spoken := err == nil || errors.As(secureErr, &handshake)
		if secureErr == nil || classified(secureErr) || spoken && !errors.Is(secureErr, http.ErrSchemeMismatch) { // else it was about something else
			h.setScheme("https")
			resp, err = secure, secureErr
		}
	}
	if err == nil {
		h.settled.Store(true)
	}
	return resp, err
}

// wantsTLS recognises what servers answer to plain http on their TLS port: Go's and nginx's 400
// with a sentence about HTTPS (which an answer to HEAD cannot hold), others' hang-up or bytes that
// are no HTTP.
func wantsTLS(r request, resp *http.Response, err error) bool {
	if err != nil {
		return strings.Contains(err.Error(), "malformed HTTP response") || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
	}
	if resp.StatusCode != http.StatusBadRequest || strings.Contains(resp.Header.Get("Content-Type"), "json") {
		return false
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, refusal.MaxErrorBody))
	resp.Body.Close() // and with it its slot, which the next exchange may need
	resp.Body = io.NopCloser(bytes.NewReader(text))
	return r.method == http.MethodHead || strings.Contains(string(text), "HTTPS")
}
