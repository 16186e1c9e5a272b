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

// A network carries the requests of one registry: to itself, and to where it sends us.
type Network struct {
	options  Options
	registry string       // its name
	reach    atomic.Int32 // a Reach; 0 as long as it is not known
	// unverified is set once the registry has shown a certificate that --insecure lets pass.
	Unverified atomic.Bool

	mu         sync.Mutex
	transports map[route]http.RoundTripper
}

// A way leads to a host, straight or by a proxy.
type route struct {
	host, proxy string
	loopback    bool // it may not leave this machine
}

func New(registry string, o Options) *Network {
	n := &Network{options: o, registry: registry, transports: map[route]http.RoundTripper{}}
	if addr, err := netip.ParseAddr(Hostname(registry)); err == nil {
		n.reach.Store(int32(o.Reach(addr))) // known also where a proxy dials
	}
	return n
}

// RoundTrip carries one request. Errors say which proxy was in between, by its host alone.
func (n *Network) RoundTrip(req *http.Request) (*http.Response, error) {
	if n.options.Transport != nil {
		return n.options.Transport.RoundTrip(req)
	}
	proxy, err := n.Proxy(req)
	if err != nil || proxy != nil && proxy.Hostname() == "" { // the words of the error hold the password of the proxy
		return nil, registry.Errorf(registry.ErrInvalid, "the proxy that the environment names for %s is no URL", req.URL.Host)
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

// proxy is by whom a request goes, if not straight. What is for this machine alone goes by nobody.
func (n *Network) Proxy(req *http.Request) (*url.URL, error) {
	if n.plainLoopback(req.URL) {
		return nil, nil
	}
	return n.options.Proxy(req)
}

// plain tells whether a flag has a host spoken to by plain http.
func (n *Network) SpeaksPlainHTTP(host string) bool {
	return n.options.PlainHTTP || ContainsHost(n.options.PlainHTTPHosts, host)
}

// here tells whether a host is spoken to by plain http only because its name stands for this machine.
func (n *Network) plainLoopback(to *url.URL) bool {
	return to.Scheme == "http" && IsLoopback(to.Hostname()) && !n.SpeaksPlainHTTP(to.Host)
}

// way gives the transport for a host.
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
		t.DialTLSContext = n.dialTLS(proxy, t) // by which only the proxy is dialled
	}
	t.OnProxyConnectResponse = n.checkConnect
	n.transports[key] = t
	return t, nil
}

func (n *Network) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.transports {
		t.(*http.Transport).CloseIdleConnections()
	}
}

// own tells whether a host is the registry, and trusted whether the user has named it.
func (n *Network) isRegistry(host string) bool { return sameHost(n.registry, host) }

func (n *Network) trusted(host string) bool {
	return n.isRegistry(host) || ContainsHost(n.options.AllowRealms, host)
}

// insecure tells whether a certificate that is no good may pass.
func (n *Network) AcceptsAnyCertificate(host string) bool {
	named := strings.EqualFold(Hostname(host), Hostname(n.registry)) || ContainsHost(n.options.AllowRealms, host)
	return n.options.Insecure && named || ContainsHost(n.options.InsecureHosts, host)
}
