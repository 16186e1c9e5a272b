package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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
