package remote

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/manifest-tool/manifest-tool/registry"
)

// A network carries the requests of one registry: to itself, and to where it sends us.
type network struct {
	options  Options
	registry string       // its name
	reach    atomic.Int32 // a Reach; 0 as long as it is not known
	// unverified is set once the registry has shown a certificate that --insecure lets pass.
	unverified atomic.Bool

	mu   sync.Mutex
	ways map[way]http.RoundTripper
}

// A way leads to a host, straight or by a proxy.
type way struct {
	host, proxy string
	here        bool // it may not leave this machine
}

func newNetwork(registry string, o Options) *network {
	n := &network{options: o, registry: registry, ways: map[way]http.RoundTripper{}}
	if addr, err := netip.ParseAddr(hostname(registry)); err == nil {
		n.reach.Store(int32(o.Reach(addr))) // known also where a proxy dials
	}
	return n
}

// RoundTrip carries one request. Errors say which proxy was in between, by its host alone.
func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	if n.options.Transport != nil {
		return n.options.Transport.RoundTrip(req)
	}
	proxy, err := n.proxy(req)
	if err != nil || proxy != nil && proxy.Hostname() == "" { // the words of the error hold the password of the proxy
		return nil, registry.Errorf(registry.ErrInvalid, "the proxy that the environment names for %s is no URL", req.URL.Host)
	}
	t, err := n.way(req.URL, proxy)
	if err != nil {
		return nil, err
	}
	resp, err := t.RoundTrip(req)
	var nearer errNearer
	var away errAway
	switch {
	case errors.As(err, &nearer):
		return nil, nearer
	case errors.As(err, &away):
		return nil, away
	case proxy == nil:
		return resp, err
	case err != nil:
		return nil, byProxy(proxy, err)
	case resp.StatusCode == http.StatusProxyAuthRequired:
		defer resp.Body.Close()
		return nil, n.refusal(proxy, resp)
	}
	return resp, nil
}

// proxy is by whom a request goes, if not straight. What is for this machine alone goes by nobody.
func (n *network) proxy(req *http.Request) (*url.URL, error) {
	if n.here(req.URL) {
		return nil, nil
	}
	return n.options.Proxy(req)
}

// plain tells whether a flag has a host spoken to by plain http.
func (n *network) plain(host string) bool {
	return n.options.PlainHTTP || contains(n.options.PlainHTTPHosts, host)
}

// here tells whether a host is spoken to by plain http only because its name stands for this machine.
func (n *network) here(to *url.URL) bool {
	return to.Scheme == "http" && isLoopback(to.Hostname()) && !n.plain(to.Host)
}

// way gives the transport for a host.
func (n *network) way(to, proxy *url.URL) (http.RoundTripper, error) {
	key := way{host: strings.ToLower(to.Host), here: n.here(to)}
	if proxy != nil {
		key.proxy = proxy.String()
		if err := n.literal(to); err != nil {
			return nil, err
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if t, ok := n.ways[key]; ok {
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
		t.DialTLSContext = n.shake(proxy, t) // by which only the proxy is dialled
	}
	t.OnProxyConnectResponse = n.connected
	n.ways[key] = t
	return t, nil
}

func (n *network) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, t := range n.ways {
		t.(*http.Transport).CloseIdleConnections()
	}
}

// own tells whether a host is the registry, and trusted whether the user has named it.
func (n *network) own(host string) bool { return sameHost(n.registry, host) }

func (n *network) trusted(host string) bool {
	return n.own(host) || contains(n.options.AllowRealms, host)
}

// insecure tells whether a certificate that is no good may pass.
func (n *network) insecure(host string) bool {
	named := strings.EqualFold(hostname(host), hostname(n.registry)) || contains(n.options.AllowRealms, host)
	return n.options.Insecure && named || contains(n.options.InsecureHosts, host)
}

// tls is how a host is spoken to. With --insecure a certificate is looked at too: what is good is as
// good as without, what is not is told.
func (n *network) tls(host string) (*tls.Config, error) {
	name := host
	if n.own(host) {
		name = n.registry // as the user has written it
	}
	config, err := n.options.TLS(n.registry, name)
	if err != nil || !n.insecure(host) {
		return config, err
	}
	config.InsecureSkipVerify = true
	var once sync.Once
	config.VerifyConnection = func(state tls.ConnectionState) error {
		err := verify(state, hostname(host), config.RootCAs)
		if err != nil {
			if n.own(host) {
				n.unverified.Store(true)
			}
			once.Do(func() {
				n.options.warn(host + ": its certificate is no good, and --insecure lets it pass: " + err.Error())
			})
		}
		return nil
	}
	return config, nil
}

func verify(state tls.ConnectionState, name string, roots *x509.CertPool) error {
	options := x509.VerifyOptions{DNSName: name, Roots: roots, Intermediates: x509.NewCertPool()}
	for _, c := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(options)
	return err
}

// contains tells whether a list has a host. The ports of http and https need not be named.
func contains(list []string, host string) bool {
	return slices.ContainsFunc(list, func(entry string) bool { return sameHost(entry, host) })
}

func sameHost(a, b string) bool {
	bare := func(host string) string {
		return strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(host), ":443"), ":80")
	}
	return bare(a) == bare(b)
}

// hostname is a host without its port and brackets.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.Trim(host, "[]")
}
