package network

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"
)

// Options say how to reach a registry. All functions have to be set, apart from Dial.
type Options struct {
	// PlainHTTP speaks http to every host, PlainHTTPHosts to single hosts.
	PlainHTTP      bool
	PlainHTTPHosts []string
	// Insecure accepts any certificate of the registry, InsecureHosts those of single hosts.
	Insecure      bool
	InsecureHosts []string
	// AllowRealms are hosts that the user trusts wherever they are.
	AllowRealms []string
	// TLS returns the configuration for a host. The registry names the host, or is the host.
	TLS func(registry, host string) (*tls.Config, error)
	// Jobs is the number of idle connections to keep for each host.
	Jobs int
	// Secrets hides the login of a proxy.
	Secrets Secrets
	// Warn receives messages for the user.
	Warn func(string)
	// Proxy returns the proxy for a request.
	Proxy func(*http.Request) (*url.URL, error)
	// Leader is the registry that led the program to this registry, and LeaderReach its reach. Leader is empty if the
	// user names the registry.
	Leader      string
	LeaderReach Reach
	// Resolver finds the addresses of names; nil is Go's.
	Resolver *net.Resolver
	// Reach classifies addresses.
	Reach func(netip.Addr) Reach
	// Dial opens connections without a check of addresses. It replaces the dialer if it is set.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Transport replaces the network if it is set.
	Transport http.RoundTripper
}

// Secrets collects the secrets of a run and hides them in texts.
type Secrets interface {
	Add(user string, secrets ...string)
	HideString(text string) string
}
