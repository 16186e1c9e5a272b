package remote

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/manifest-tool/manifest-tool/registry/remote/network"
)

// Options say how to speak to registries. The zero value speaks https (plain http to loopback),
// without credentials.
type Options struct {
	// Credentials gives the credential for a repository; the zero Credential means none.
	Credentials func(context.Context, name.Repository) (Credential, error)
	// PlainHTTP speaks http to every registry.
	PlainHTTP bool
	// Insecure lets any certificate of the registries pass, and falls to http where one does not speak
	// TLS. Others to whom a registry sends us have to show a good one.
	Insecure bool
	// PlainHTTPHosts and InsecureHosts are the same for single hosts, whoever they are.
	PlainHTTPHosts, InsecureHosts []string
	// AllowRealms are hosts that every registry may name as its token server, and lead us to wherever
	// they are.
	AllowRealms []string
	// TLS gives what it takes to speak to a host, which is the registry itself or one that it has named.
	TLS func(registry, host string) (*tls.Config, error)
	// Jobs is how many requests may be under way at each registry at once; at least 2, 32 if not set.
	Jobs int
	// UserAgent is sent with every request.
	UserAgent string
	// Secrets is told of each secret of the run as soon as it is known.
	Secrets Secrets
	// Trace is told of every exchange, Warn of what the user should know.
	Trace func(Exchange)
	Warn  func(string)
	// Sent is told of bytes of blobs as they go out, and Resting until when a registry wants to be left alone.
	Sent    func(name.Registry, int)
	Resting func(name.Registry, time.Time)
	// Backoff is the longest first wait before something is tried again; a second if not set.
	Backoff time.Duration
	// Proxy gives the proxy for a request; that of the environment if not set.
	Proxy func(*http.Request) (*url.URL, error)
	// Resolver finds the addresses of names, and Reach judges them; Go's and [ReachOf] if not set.
	Resolver *net.Resolver
	Reach    func(netip.Addr) network.Reach
	// Dial opens connections, with no regard to addresses; net.Dial if not set.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Transport carries the requests, in the place of all that is above.
	Transport http.RoundTripper

	large chan struct{} // held by those who read large documents
}

// A Credential opens repositories.
type Credential struct {
	authn.AuthConfig
	Name string // what messages call it; no secret
}

// A Use is a repository that a session will work with.
type Use struct {
	Repository name.Repository
	Push       bool // not only read
}

// A Session holds what the repositories of one run share: connections, tokens, limits.
type Session struct {
	options   Options
	uses      []Use
	manifests manifestCache

	mu    sync.Mutex
	hosts map[string]*host
}

// NewSession prepares a session for the given repositories. Nothing is sent yet.
func NewSession(uses []Use, o Options) *Session {
	if o.Jobs == 0 {
		o.Jobs = 32
	}
	o.Jobs = max(o.Jobs, 2)
	if o.Backoff == 0 {
		o.Backoff = time.Second
	}
	if o.Credentials == nil {
		o.Credentials = func(context.Context, name.Repository) (Credential, error) { return Credential{}, nil }
	}
	o.large = make(chan struct{}, largeAtOnce)
	return &Session{options: o.withDefaults(), uses: uses, hosts: map[string]*host{}}
}

// withDefaults fills in the options of the network that are not set.
func (o Options) withDefaults() Options {
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	if o.Reach == nil {
		o.Reach = network.ReachOf
	}
	if o.TLS == nil {
		o.TLS = func(string, string) (*tls.Config, error) { return &tls.Config{MinVersion: tls.VersionTLS12}, nil }
	}
	return o
}

// forNetwork returns the options that package network needs.
func (o Options) forNetwork() network.Options {
	return network.Options{
		PlainHTTP:      o.PlainHTTP,
		PlainHTTPHosts: o.PlainHTTPHosts,
		Insecure:       o.Insecure,
		InsecureHosts:  o.InsecureHosts,
		AllowRealms:    o.AllowRealms,
		TLS:            o.TLS,
		Jobs:           o.Jobs,
		Secrets:        newMask(o.Secrets).secrets,
		Warn:           o.warn,
		Proxy:          o.Proxy,
		Resolver:       o.Resolver,
		Reach:          o.Reach,
		Dial:           o.Dial,
		Transport:      o.Transport,
	}
}

func (o Options) warn(text string) {
	if o.Warn != nil {
		o.Warn(text)
	}
}

// Open gives the repository of that name, which has to be among those of NewSession.
func (s *Session) Open(ctx context.Context, repository name.Repository) (*Repository, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, err := s.host(ctx, repository.Registry)
	if err != nil {
		return nil, err
	}
	c, ok := h.clients[repository]
	if !ok {
		panic("remote: a repository that was not named in NewSession: " + repository.Name())
	}
	return &Repository{client: c, name: repository, cache: &s.manifests}, nil
}

// Close lets go of idle connections.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.hosts {
		h.network.Close()
	}
	if t, ok := s.options.Transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
	return nil
}

// host finds out, once per registry, which credentials its repositories have. Those with the same
// one share a client, and so a token.
func (s *Session) host(ctx context.Context, r name.Registry) (*host, error) {
	if h, ok := s.hosts[r.RegistryStr()]; ok {
		return h, nil
	}
	h := newHost(r, s.options)
	if _, err := s.options.TLS(r.RegistryStr(), r.RegistryStr()); err != nil {
		return nil, err // before the first request
	}
	clients := map[authn.AuthConfig]*client{}
	for _, use := range s.uses {
		if use.Repository.Registry != r {
			continue
		}
		credential, err := s.options.Credentials(ctx, use.Repository)
		if err != nil {
			return nil, err
		}
		c, ok := clients[credential.AuthConfig]
		if !ok {
			h.warnOfExposedLogin(credential)
			c = newClient(h, credential)
			clients[credential.AuthConfig] = c
		}
		c.scopes = append(c.scopes, use.scope())
		h.clients[use.Repository] = c
	}
	s.hosts[r.RegistryStr()] = h
	return h, nil
}

// scope is what a token has to allow.
func (u Use) scope() string {
	if u.Push {
		return u.Repository.Scope(transport.PushScope)
	}
	return u.Repository.Scope(transport.PullScope)
}
