package remote

import (
	"context"
	"crypto/tls"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/manifest-tool/manifest-tool/registry/remote/cachedir"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
	"github.com/manifest-tool/manifest-tool/registry/remote/slots"
)

// Options say how to connect to registries. The zero value uses https (plain HTTP to loopback) and no credentials.
type Options struct {
	// Credentials returns the credential for a repository; the zero Credential means none.
	Credentials func(context.Context, name.Repository) (Credential, error)
	// PlainHTTP speaks http to every registry.
	PlainHTTP bool
	// Insecure accepts any certificate of the registries, and uses plain HTTP if a registry does not speak
	// TLS. Other hosts that a registry names have to show a valid certificate.
	Insecure bool
	// PlainHTTPHosts and InsecureHosts are the same for single hosts, also for hosts that are no registry.
	PlainHTTPHosts, InsecureHosts []string
	// AllowRealms are hosts that every registry may name as its token server or in a redirect, whatever
	// their address is.
	AllowRealms []string
	// TLS returns the configuration for a host: the registry itself, or a host that the registry names.
	TLS func(registry, host string) (*tls.Config, error)
	// Jobs is the maximum number of open requests at each registry: at least 2, and 32 if not set.
	Jobs int
	// Rates limit the requests to each registry, by its name. The name "" is for all registries without a rate of their own.
	Rates map[string]Rates
	// Cache keeps manifests and configs for later runs, if it is set.
	Cache *cachedir.Dir
	// UserAgent is sent with every request.
	UserAgent string
	// Secrets collects the secrets of the run.
	Secrets Secrets
	// Trace receives every exchange, and Warn messages for the user.
	Trace func(Exchange)
	Warn  func(string)
	// Sent receives the number of sent bytes of blobs, and Resting the end of a pause that a registry asks for.
	Sent    func(name.Registry, int)
	Resting func(name.Registry, time.Time)
	// Limited receives what a registry says about its limits.
	Limited func(name.Registry, Quota)
	// Retrying receives the pause before a failed request is tried again.
	Retrying func(name.Registry, Retry)
	// Many means that the session is for many images: a registry that does not answer gets a request now and then only.
	Many bool
	// Backoff is the maximum pause before the second try; a second if not set.
	Backoff time.Duration
	// Proxy returns the proxy for a request; the default is the environment.
	Proxy func(*http.Request) (*url.URL, error)
	// Resolver finds the addresses of names, and Reach classifies them; the defaults are Go's and [network.ReachOf].
	Resolver *net.Resolver
	Reach    func(netip.Addr) network.Reach
	// Leaders are the registries that led the program to others, by the names of the others. A registry must not lead
	// the program to an address that is closer than itself.
	Leaders map[string]Leader
	// Dial opens connections without a check of addresses. It is for tests.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Transport replaces all options of the network if it is set.
	Transport http.RoundTripper

	large chan struct{} // one entry per large document in memory
	queue *slots.Queue  // of the slots of all registries
}

// A Rate is a number of requests in a period, and Rates are those of a registry. A Quota is what a registry says about one
// of its limits.
type (
	Rate  = slots.Rate
	Rates = slots.Rates
	Quota = slots.Quota
)

// rates returns the rates of a registry.
func (o Options) rates(r name.Registry) Rates {
	if own, ok := o.Rates[r.RegistryStr()]; ok {
		return own
	}
	return o.Rates[""]
}

// A Leader is a registry whose content names other registries.
type Leader struct {
	Registry string
	Reach    network.Reach
}

// A Credential is the login for repositories.
type Credential struct {
	authn.AuthConfig
	Name string // the name in messages; no secret
}

// A Use is a repository of a session.
type Use struct {
	Repository name.Repository
	Push       bool // the session writes to it
}

// A Session holds the connections, tokens and limits that the repositories of one run share.
type Session struct {
	options   Options
	uses      []Use
	together  iter.Seq[[]Use]
	manifests manifestCache
	stored    storedRecord

	mu    sync.Mutex
	hosts map[string]*host
}

// NewSession prepares a session for repositories. It sends nothing.
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
	o.queue = &slots.Queue{}
	o.large = make(chan struct{}, largeAtOnce)
	together := func(yield func([]Use) bool) { yield(uses) }
	return &Session{options: o.withDefaults(), uses: uses, together: together, hosts: map[string]*host{}, manifests: manifestCache{disk: o.Cache}}
}

// Together says which repositories are used for the same image, by image. A token is requested for the repositories of an
// image, and of as many others as possible. Without Together, all repositories are used for one image. It has to be called
// before the first Open.
func (s *Session) Together(images iter.Seq[[]Use]) { s.together = images }

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

// forNetwork returns the options that package network needs for a registry.
func (o Options) forNetwork(r name.Registry) network.Options {
	leader := o.Leaders[r.RegistryStr()]
	return network.Options{
		Leader:         leader.Registry,
		LeaderReach:    leader.Reach,
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

// Open returns a repository, which has to be among those of NewSession.
func (s *Session) Open(ctx context.Context, repository name.Repository) (*Repository, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, err := s.host(ctx, repository.Registry)
	if err != nil {
		return nil, err
	}
	c := h.client(repository)
	if c == nil {
		return nil, fmt.Errorf("repository %s is not one of this run", repository.Name())
	}
	view := cacheView{&s.manifests, repository.Name(), cachedir.ScopeOf(repository.Name(), c.credential.login())}
	return &Repository{client: c, name: repository, cache: view, stored: &s.stored}, nil
}

// Add adds repositories to a session that is under way. A token holds one repository then, because those that are still to
// come are unknown.
func (s *Session) Add(ctx context.Context, uses []Use) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, use := range uses {
		h, ok := s.hosts[use.Repository.RegistryStr()]
		if !ok {
			s.uses = append(s.uses, use)
			continue
		}
		c, err := s.addUse(ctx, h, use)
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.apart = true
		c.mu.Unlock()
	}
	return nil
}

// addUse adds a repository to the client for its credential.
func (s *Session) addUse(ctx context.Context, h *host, use Use) (*client, error) {
	if c := h.client(use.Repository); c != nil {
		return c, nil
	}
	credential, err := s.options.Credentials(ctx, use.Repository)
	if err != nil {
		return nil, err
	}
	c, ok := h.logins[credential.AuthConfig]
	if !ok {
		h.warnOfExposedLogin(credential)
		c = newClient(h, credential)
		h.logins[credential.AuthConfig] = c
	}
	h.clientsMu.Lock()
	defer h.clientsMu.Unlock()
	h.clients[use.Repository] = c
	return c, nil
}

// login names the login in the keys of a cache folder: the user, or the kind of a token without a user.
func (c Credential) login() string {
	switch {
	case c.RegistryToken != "" || c.IdentityToken != "":
		return c.Username + " with a token"
	case c.AuthConfig != authn.AuthConfig{}:
		return c.Username + " with a password"
	}
	return ""
}

// Reach returns from where a registry of the session can be reached; 0 if that is unknown.
func (s *Session) Reach(r name.Registry) network.Reach {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h, ok := s.hosts[r.RegistryStr()]; ok {
		return h.network.Reach()
	}
	return 0
}

// Close closes idle connections.
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

// host returns the state of a registry. At first use it finds the credentials of all its repositories. Repositories
// with the same credential share a client and a token.
func (s *Session) host(ctx context.Context, r name.Registry) (*host, error) {
	if h, ok := s.hosts[r.RegistryStr()]; ok {
		return h, nil
	}
	h := newHost(r, s.options)
	if _, err := s.options.TLS(r.RegistryStr(), r.RegistryStr()); err != nil {
		return nil, err // before the first request
	}
	for _, use := range s.uses {
		if use.Repository.Registry != r {
			continue
		}
		if _, err := s.addUse(ctx, h, use); err != nil {
			return nil, err
		}
	}
	h.together = s.together
	s.hosts[r.RegistryStr()] = h
	return h, nil
}

// scope returns the scope of a token for the repository.
func (u Use) scope() string {
	if u.Push {
		return u.Repository.Scope(transport.PushScope)
	}
	return u.Repository.Scope(transport.PullScope)
}
