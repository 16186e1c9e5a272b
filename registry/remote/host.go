package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
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
	"github.com/manifest-tool/manifest-tool/registry/remote/slots"
)

// A host is one registry server.
type host struct {
	registry  name.Registry
	options   Options
	network   *network.Network
	policy    policy
	mask      *mask
	warnings  warnings
	warned    sync.Map   // keys of warnOnce
	clientsMu sync.Mutex // guards clients
	clients   map[name.Repository]*client
	together  iter.Seq[[]Use] // the repositories of each image, also those of other registries
	logins    map[authn.AuthConfig]*client
	// slots limits the open requests. A request holds a slot until the body of its response is closed.
	slots  *slots.Slots
	outage *outage // nil if the session is not for many images
	// probing is held by the first request to the registry, see client.probe.
	probing parallel.Gate
	scheme  atomic.Pointer[string]
	settled atomic.Bool // the scheme will not change

	unanswered failures // first requests that got no answer
}

// client returns the client for a repository, or nil.
func (h *host) client(repository name.Repository) *client {
	h.clientsMu.Lock()
	defer h.clientsMu.Unlock()
	return h.clients[repository]
}

func newHost(r name.Registry, o Options) *host {
	h := &host{
		registry: r,
		options:  o,
		network:  network.New(r.RegistryStr(), o.forNetwork(r)),
		mask:     newMask(o.Secrets),
		clients:  map[name.Repository]*client{},
		logins:   map[authn.AuthConfig]*client{},
		slots:    slots.New(o.queue, o.Jobs, o.rates(r)),
		probing:  parallel.NewGate(),
	}
	if o.Many {
		h.outage = newOutage(r.RegistryStr(), o.warn)
	}
	h.policy = policy{transport: h.network, trace: o.Trace}
	if o.Resting != nil {
		h.slots.OnPause = func(until time.Time) { o.Resting(r, until) }
	}
	// registry.Scheme() is not used, because it selects http for private addresses.
	plain := h.network.SpeaksPlainHTTP(r.RegistryStr())
	h.setScheme("https")
	if plain || h.loopback() {
		h.setScheme("http")
	}
	h.settled.Store(plain || !h.insecure() && !h.loopback())
	return h
}

// sent counts the bytes of blobs that are sent.
func (h *host) sent(n int) {
	if h.options.Sent != nil {
		h.options.Sent(h.registry, n)
	}
}

func (h *host) setScheme(s string) { h.scheme.Store(&s) }

// insecure reports whether the registry may show an invalid certificate, or speak plain HTTP.
func (h *host) insecure() bool { return h.network.AcceptsAnyCertificate(h.registry.RegistryStr()) }

// warnOfExposedLogin warns of a login over plain HTTP. If a flag selects plain HTTP, a name below localhost counts
// as another machine, because its address is not checked then.
func (h *host) warnOfExposedLogin(credential Credential) {
	name := h.registry.RegistryStr()
	stays := h.loopback() && !(h.network.SpeaksPlainHTTP(name) && strings.HasSuffix(strings.ToLower(network.Hostname(name)), ".localhost"))
	if (credential.AuthConfig != authn.AuthConfig{}) && *h.scheme.Load() == "http" && !stays {
		h.options.warn(name + " is contacted over plain http: the network can read the login")
	}
}

// loopback reports whether the name of the registry means this machine. Package network checks the address.
func (h *host) loopback() bool { return network.IsLoopback(network.Hostname(h.registry.RegistryStr())) }

// negotiateScheme sends the first request, which decides between http and https. The scheme changes in two cases
// only: a loopback server that answers plain HTTP with TLS gets https, and with --insecure a server that answers TLS
// with plain HTTP gets http. No credential has been sent at that point.
func (h *host) negotiateScheme(ctx context.Context, r request) (*http.Response, error) {
	resp, err := h.exchange(ctx, r, noLogin)
	if h.settled.Load() {
		return resp, err
	}
	switch scheme := *h.scheme.Load(); {
	case scheme == "https" && errors.Is(err, http.ErrSchemeMismatch):
		r.scheme = "http"
		if resp, err = h.exchange(ctx, r, noLogin); err == nil {
			h.setScheme("http")
			h.options.warn(h.registry.RegistryStr() + " does not support TLS: using plain http (--insecure)")
		}
	case scheme == "http" && wantsTLS(r, resp, err):
		r.scheme = "https"
		secure, secureErr := h.exchange(ctx, r, noLogin)
		var handshake *network.TLSError
		spoken := err == nil || errors.As(secureErr, &handshake)
		if secureErr == nil || classified(secureErr) || spoken && !errors.Is(secureErr, http.ErrSchemeMismatch) { // other errors do not concern the scheme
			h.setScheme("https")
			resp, err = secure, secureErr
		}
	}
	if err == nil {
		h.settled.Store(true)
	}
	return resp, err
}

// wantsTLS recognises the answers of a TLS port to plain HTTP: the 400 of Go and nginx with a sentence about HTTPS
// (without a body for HEAD), a closed connection, and bytes that are not HTTP.
func wantsTLS(r request, resp *http.Response, err error) bool {
	if err != nil {
		return strings.Contains(err.Error(), "malformed HTTP response") || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
	}
	if resp.StatusCode != http.StatusBadRequest || strings.Contains(resp.Header.Get("Content-Type"), "json") {
		return false
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, refusal.MaxErrorBody))
	resp.Body.Close() // this also releases the slot for the next exchange
	resp.Body = io.NopCloser(bytes.NewReader(text))
	return r.method == http.MethodHead || strings.Contains(string(text), "HTTPS")
}
