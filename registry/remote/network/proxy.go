package network

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// A ProxyError is the refusal of a proxy.
type ProxyError struct {
	Host   string
	Status int
	Text   string // from the body of its answer
}

func (e *ProxyError) Error() string {
	return strings.TrimSuffix(fmt.Sprintf("the proxy %s answers %s: %s", e.Host, refusal.StatusText(e.Status), e.Text), ": ")
}

// proxyError makes an error of an answer of the proxy itself. Its text does not show the login of the proxy.
func (n *Network) proxyError(proxy *url.URL, resp *http.Response) *ProxyError {
	password, _ := proxy.User.Password()
	n.options.Secrets.Add(proxy.User.Username(), password)
	return &ProxyError{Host: proxy.Host, Status: resp.StatusCode, Text: readAtOnce(resp).Masked(n.options.Secrets.HideString).Line()}
}

// proxyWordsTime is the limit on the body of an answer of a proxy.
const proxyWordsTime = time.Second

// readAtOnce reads the body of an answer of a proxy. An answer to CONNECT has no deadline of its own.
func readAtOnce(resp *http.Response) refusal.Words {
	said := make(chan refusal.Words, 1)
	go func() { said <- refusal.Read(resp) }()
	select {
	case w := <-said:
		return w
	case <-time.After(proxyWordsTime):
		return refusal.Words{}
	}
}

// checkConnect makes an error of a proxy's answer to CONNECT other than 200.
func (n *Network) checkConnect(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return n.proxyError(proxy, resp)
}

// viaProxy adds the host of a proxy to an error, without the login of the proxy.
func viaProxy(proxy *url.URL, err error) error {
	var refusal *ProxyError
	if errors.As(err, &refusal) {
		return refusal // its text names the proxy
	}
	return fmt.Errorf("through the proxy %s: %w", proxy.Host, err)
}

// dialTLS returns the function that connects to a proxy by TLS. --insecure does not apply to the proxy, and the
// proxy does not get the client certificate of the registry.
func (n *Network) dialTLS(proxy *url.URL, t *http.Transport) func(ctx context.Context, network, address string) (net.Conn, error) {
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
