package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// A ProxyError is a proxy that does not let us through.
type ProxyError struct {
	Host   string
	Status int
}

func (e *ProxyError) Error() string {
	return fmt.Sprintf("the proxy %s answers %s", e.Host, statusText(e.Status))
}

// connected looks at a proxy's answer to CONNECT.
func connected(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &ProxyError{Host: proxy.Host, Status: resp.StatusCode}
}

// byProxy names a proxy in an error, without the login that may stand before its host.
func byProxy(proxy *url.URL, err error) error {
	var refusal *ProxyError
	if errors.As(err, &refusal) {
		return refusal // its name is in it
	}
	return fmt.Errorf("by way of the proxy %s: %w", proxy.Host, err)
}

// shake opens connections to a proxy that is spoken to by TLS. It has to be who it says it is, whatever the
// registry may, and is not shown who we are to a registry.
func (n *network) shake(proxy *url.URL, t *http.Transport) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		config, err := n.options.TLS(n.registry, proxy.Host)
		if err != nil {
			return nil, err
		}
		config.ServerName, config.Certificates = proxy.Hostname(), nil
		raw, err := t.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		conn := tls.Client(raw, config)
		conn.SetDeadline(time.Now().Add(t.TLSHandshakeTimeout))
		if err := conn.HandshakeContext(ctx); err != nil {
			raw.Close()
			return nil, err
		}
		return conn, conn.SetDeadline(time.Time{})
	}
}
