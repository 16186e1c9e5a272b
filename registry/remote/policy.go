package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
)

const (
	maxHops       = 10
	headerTimeout = 60 * time.Second
	// commitTimeout is long, because registries on an object store move a blob before they answer.
	commitTimeout = 10 * time.Minute
	idleTimeout   = 60 * time.Second
	// connectTimeout limits all steps before the first byte is written; the transport has its own limits
	// for dialling and for TLS.
	connectTimeout = 2 * time.Minute
)

// An Exchange is one request and its result, for --debug. It holds no secret: URLs have no query, because queries
// hold the signatures of object stores.
type Exchange struct {
	Method, URL string
	Status      int // 0 if there was no answer
	Err         error
	Took        time.Duration
}

// A policy sends single requests and decides which redirects to follow.
type policy struct {
	transport http.RoundTripper
	trace     func(Exchange)
}

// send sends a request and follows redirects. net/http would turn a redirected PUT into a GET and return its
// success.
func (p policy) send(ctx context.Context, h *host, r request, authorization string) (*http.Response, error) {
	at, err := h.target(r)
	if err != nil {
		return nil, err
	}
	for hop := range maxHops {
		resp, err := p.once(ctx, h, r, at, authorization)
		if err != nil && hop > 0 && ctx.Err() == nil && !h.owns(at) {
			err = h.misdirected("Location", at, err)
		}
		if err != nil {
			return nil, err
		}
		if r.onResponse != nil {
			r.onResponse(resp)
		}
		location := resp.Header.Get("Location")
		if resp.StatusCode < 300 || resp.StatusCode > 399 || location == "" {
			return resp, nil
		}
		drain(resp)
		next, err := at.Parse(location)
		if err != nil || next.Hostname() == "" {
			return nil, registry.Errorf(registry.ErrUnverified, "%s %s: redirected to an invalid URL", r.method, redact(at))
		}
		if next.Scheme != "https" && next.Scheme != at.Scheme {
			return nil, fmt.Errorf("%s %s: %w", r.method, redact(at), h.notHTTPS("Location", next))
		}
		if err := allowed(r.method, resp.StatusCode, at, next); err != nil {
			return nil, err
		}
		at = next
	}
	return nil, registry.Errorf(registry.ErrUnverified, "%s %s: redirected more than %d times", r.method, redact(at), maxHops)
}

// allowed returns an error if a redirect must not be followed.
func allowed(method string, status int, from, to *url.URL) error {
	reads := method == http.MethodGet || method == http.MethodHead
	keeps := status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
	switch {
	case to.Scheme != "https" && to.Scheme != from.Scheme:
		return registry.Errorf(registry.ErrUnverified, "%s %s: redirected to %s, which is not https", method, redact(from), redact(to))
	case !reads && (!keeps || !sameOrigin(from, to)):
		return registry.Errorf(registry.ErrUnverified, "%s %s: redirected to %s, but manifest-tool does not follow redirects of writes", method, redact(from), redact(to))
	}
	return nil
}

// sameOrigin compares scheme, host and port of two URLs.
func sameOrigin(a, b *url.URL) bool { return origin(a) == origin(b) }

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// once sends one request without redirects. It limits every wait: for the connection, for the server to read the
// next bytes, for the answer, and for the next bytes of the body.
func (p policy) once(ctx context.Context, h *host, r request, at *url.URL, authorization string) (*http.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	req, err := http.NewRequest(r.method, at.String(), nil)
	if err != nil {
		return nil, err
	}
	for key, values := range r.header {
		req.Header[key] = values
	}
	req.Header.Set("User-Agent", h.options.UserAgent)
	req.Header.Set("Accept-Encoding", "identity") // digests are of the bytes as they are
	if authorization != "" && h.owns(at) {
		req.Header.Set("Authorization", authorization)
	}
	life := newLifetime(ctx)
	steps := &stepTimer{giveUp: func(after time.Duration) { life.cancel(errSilence{after}) }}
	if r.body != nil {
		if req.Body, err = r.body(); err != nil {
			life.end(nil)
			return nil, err
		}
		req.Body = &activeBody{ReadCloser: req.Body, steps: steps}
		req.ContentLength = r.length
		if r.length == 0 { // net/http reads 0 as unknown
			req.Body.Close()
			req.Body = http.NoBody
		}
	}
	limit := headerTimeout
	if r.commits {
		limit = commitTimeout
	}
	trace := tracing(steps, limit, life.cancel)
	steps.wait(connectTimeout)
	countRequest(ctx)
	start := time.Now()
	resp, err := p.transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(life, trace)))
	steps.end()
	if err != nil {
		err = network.ClassifyTLS(at.Host, endReason(life, err))
		life.end(nil)
	} else {
		if resp.StatusCode >= 300 {
			life.outliveRun()
		}
		resp.Request = req // the URL of the server that answered
		if h.owns(at) {
			h.showWarnings(resp.Header)
		}
		resp.Body = &idleBody{ReadCloser: resp.Body, ctx: life, cancel: life.cancel, end: life.end, document: r.document}
	}
	p.traceExchange(r.method, at, resp, err, time.Since(start))
	return resp, err
}

// maxSends is how often net/http may repeat a request after the server has closed the connection. It is more than
// the usual number of idle connections, which a server closes all at once when it restarts.
const maxSends = 50

// errHangUps is a server that ends each connection or stream without an answer.
type errHangUps struct{}

func (errHangUps) Error() string {
	return fmt.Sprintf("the server closed the connection %d times without an answer", maxSends)
}

// tracing starts the wait for the answer when the request is written. net/http repeats a request without a limit as
// long as the server closes each connection. A repetition does not restart the wait, and maxSends is the limit.
func tracing(p *stepTimer, limit time.Duration, cancel context.CancelCauseFunc) *httptrace.ClientTrace {
	var sends atomic.Int32
	var written sync.Once
	return &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			if sends.Add(1) > maxSends {
				cancel(errHangUps{})
			}
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				written.Do(func() { p.wait(limit) })
			}
		},
	}
}

// endReason returns the cause of a broken exchange: a limit of this package, the end of the run, or the error of
// net/http.
func endReason(ctx context.Context, err error) error {
	var silence errSilence
	var trickle errTrickle
	var record tls.RecordHeaderError
	switch {
	case errors.Is(context.Cause(ctx), errHangUps{}):
		return errHangUps{}
	case errors.As(context.Cause(ctx), &silence):
		return silence
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return context.DeadlineExceeded // of the run
	case errors.As(context.Cause(ctx), &trickle):
		return trickle
	case ctx.Err() != nil:
		return ctx.Err() // the cause may be the failure of another request
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return http.ErrSchemeMismatch // as http.Client has it
	}
	return err
}

func (p policy) traceExchange(method string, at *url.URL, resp *http.Response, err error, took time.Duration) {
	if p.trace == nil {
		return
	}
	exchange := Exchange{Method: method, URL: redact(at), Err: err, Took: took}
	if resp != nil {
		exchange.Status = resp.StatusCode
	}
	p.trace(exchange)
}

// redact returns a URL without user and query, which may hold secrets.
func redact(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
