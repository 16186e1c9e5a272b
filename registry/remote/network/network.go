package network

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/manifest-tool/manifest-tool/registry"
)

// A Network carries the requests to the hosts of one registry.
type Network struct {
	options  Options
	registry string       // as the user wrote it
	reach    atomic.Int32 // the Reach of the registry; 0 if unknown
	// Unverified is set when the registry shows a certificate that is not valid and --insecure accepts it.
	Unverified atomic.Bool

	mu         sync.Mutex
	transports map[route]http.RoundTripper
}

// A route leads to a host, directly or through a proxy.
type route struct {
	host, proxy string
	loopback    bool // only addresses of this machine are allowed
}

// New returns the network of a registry. It opens no connection.
func New(registry string, o Options) *Network {
	n := &Network{options: o, registry: registry, transports: map[route]http.RoundTripper{}}
	if addr, err := netip.ParseAddr(Hostname(registry)); err == nil {
		n.reach.Store(int32(o.Reach(addr))) // also known behind a proxy
	}
	return n
}

// RoundTrip sends one request. An error names the proxy, if there is one, by its host only.
func (n *Network) RoundTrip(req *http.Request) (*http.Response, error) {
	if n.options.Transport != nil {
		return n.options.Transport.RoundTrip(req)
	}
	proxy, err := n.Proxy(req)
	if err != nil || proxy != nil && proxy.Hostname() == "" { // the text of the error holds the password of the proxy
		return nil, registry.Errorf(registry.ErrInvalid, "the environment names a proxy for %s that is not a URL", req.URL.Host)
	}
	t, err := n.transport(req.URL, proxy)
	if err != nil {
		return nil, err
	}
	resp, err := t.RoundTrip(req)
	if refused := Refused(err); refused != nil {
		return nil, refused
	}
	switch {
	case proxy == nil:
		return resp, err
	case err != nil:
		return nil, viaProxy(proxy, err)
	case resp.StatusCode == http.StatusProxyAuthRequired:
		defer resp.Body.Close()
		return nil, n.proxyError(proxy, resp)
	}
	return resp, nil
}

// Proxy returns the proxy for a request, or nil. Requests that must stay on this machine use no proxy.
func (n *Network) Proxy(req *http.Request) (*url.URL, error) {
	if n.plainLoopback(req.URL) {
		return nil, nil
	}
	return n.options.Proxy(req)
}

// SpeaksPlainHTTP reports whether a flag selects plain HTTP for a host.
func (n *Network) SpeaksPlainHTTP(host string) bool {
	return n.options.PlainHTTP || ContainsHost(n.options.PlainHTTPHosts, host)
}

// plainLoopback reports whether a URL uses plain HTTP only because its name means this machine.
func (n *Network) plainLoopback(to *url.URL) bool {
	return to.Scheme == "http" && IsLoopback(to.Hostname()) && !n.SpeaksPlainHTTP(to.Host)
}

// transport returns the transport for a host.
func (n *Network) transport(to, proxy *url.URL) (http.RoundTripper, error) {
	key := route{host: strings.ToLower(to.Host), loopback: n.plainLoopback(to)}
	if proxy != nil {
		key.proxy = proxy.String()
		if err := n.checkLiteral(to); err != nil {
			return nil, err
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if t, ok := n.transports[key]; ok {
		return t, nil
	}
	config, err := n.tls(key.host)
	if err != nil {
		return nil, err
	}
	t := newTransport(n.options.Jobs)
	t.TLSClientConfig = config
	t.Proxy = http.ProxyURL(proxy)
	t.DialContext = n.dial(key)
	if proxy != nil && proxy.Scheme == "https" {
		t.DialTLSContext = n.dialTLS(proxy, t) // it only dials the proxy
	}
	t.OnProxyConnectResponse = n.checkConnect
	n.transports[key] = t
	return t, nil
}

// Close closes idle connections.
func (n *Network) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.transports {
		t.(*http.Transport).CloseIdleConnections()
	}
}

// isRegistry reports whether a host is the registry.
func (n *Network) isRegistry(host string) bool { return sameHost(n.registry, host) }

// Reach returns from where the registry can be reached; 0 if that is unknown, as behind a proxy.
func (n *Network) Reach() Reach { return Reach(n.reach.Load()) }

// trusted reports whether the user named a host: the registry itself, or a host of --allow-realm.
func (n *Network) trusted(host string) bool {
	return n.isRegistry(host) && n.options.Leader == "" || ContainsHost(n.options.AllowRealms, host)
}

// AcceptsAnyCertificate reports whether a host may show a certificate that is not valid.
func (n *Network) AcceptsAnyCertificate(host string) bool {
	named := strings.EqualFold(Hostname(host), Hostname(n.registry)) || ContainsHost(n.options.AllowRealms, host)
	return n.options.Insecure && named || ContainsHost(n.options.InsecureHosts, host)
}
