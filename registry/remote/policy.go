package remote

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
)

const (
	maxHops       = 10
	maxHeader     = 64 << 10
	headerTimeout = 60 * time.Second
	// commitTimeout: registries that keep their blobs in an object store move them before they answer.
	commitTimeout = 10 * time.Minute
	idleTimeout   = 60 * time.Second
	// connectTimeout is for all that comes before the first byte is written; the transport has limits
	// of its own for dialling and for TLS.
	connectTimeout = 2 * time.Minute
)

// newTransport is a transport with limits for every wait. It never asks for compressed answers:
// digests are over the bytes as they are.
func newTransport(jobs int) *http.Transport {
	return &http.Transport{
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    jobs,
		MaxResponseHeaderBytes: maxHeader,
		IdleConnTimeout:        90 * time.Second,
		ExpectContinueTimeout:  time.Second, // as not all servers know the header
		DisableCompression:     true,
		// a connection that died unseen is found out before a request has waited for it in vain
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
	}
}

// An Exchange is one request and what came of it, for --debug. It holds no secret: queries, where
// registries put signatures, are left out.
type Exchange struct {
	Method, URL string
	Status      int // 0 if there was no answer
	Err         error
	Took        time.Duration
}

// A policy carries out single exchanges and decides what a server may make of them.
type policy struct {
	transport http.RoundTripper
	trace     func(Exchange)
}

// send follows redirects by hand, as net/http would turn a redirected PUT into a GET and call it a
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
		if r.met != nil {
			r.met(resp)
		}
		location := resp.Header.Get("Location")
		if resp.StatusCode < 300 || resp.StatusCode > 399 || location == "" {
			return resp, nil
		}
		drain(resp)
		next, err := at.Parse(location)
		if err != nil || next.Hostname() == "" {
			return nil, registry.Errorf(registry.ErrUnverified, "%s %s: redirected to a place that is no URL", r.method, redact(at))
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

// allowed tells whether a redirect may be followed.
func allowed(method string, status int, from, to *url.URL) error {
	reads := method == http.MethodGet || method == http.MethodHead
	keeps := status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
	switch {
	case to.Scheme != "https" && to.Scheme != from.Scheme:
		return registry.Errorf(registry.ErrUnverified, "%s %s: redirected to %s, which is not https: refused", method, redact(from), redact(to))
	case !reads && (!keeps || !sameOrigin(from, to)):
		return registry.Errorf(registry.ErrUnverified, "%s %s: redirected to %s: a write is not redirected", method, redact(from), redact(to))
	}
	return nil
}

// sameOrigin compares scheme, host and port, however they are written.
func sameOrigin(a, b *url.URL) bool { return origin(a) == origin(b) }

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// once makes a single exchange. Every wait in it has an end: for the connection, for the next bytes
// to be taken, for the answer, and for the next bytes of its body.
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
	patience := &patience{giveUp: func(after time.Duration) { life.cancel(errSilence{after}) }}
	if r.body != nil {
		if req.Body, err = r.body(); err != nil {
			life.end(nil)
			return nil, err
		}
		req.Body = &activeBody{ReadCloser: req.Body, patience: patience}
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
	trace := tracing(patience, limit, life.cancel)
	patience.wait(connectTimeout)
	start := time.Now()
	resp, err := p.transport.RoundTrip(req.WithContext(httptrace.WithClientTrace(life, trace)))
	patience.end()
	if err != nil {
		err = byTLS(at.Host, reason(life, err))
		life.end(nil)
	} else {
		if resp.StatusCode >= 300 {
			life.outliveRun()
		}
		resp.Request = req // so that it is known who answered
		if h.owns(at) {
			h.hear(resp.Header)
		}
		resp.Body = &idleBody{ReadCloser: resp.Body, ctx: life, cancel: life.cancel, end: life.end, document: r.document}
	}
	p.tell(r.method, at, resp, err, time.Since(start))
	return resp, err
}

// maxSends is how often net/http may send a request by itself after the server has ended the connection. It is more
// than the usual number of idle connections, which a server that starts anew ends all at once.
const maxSends = 50

// errHangUps is a server that ends each connection or stream without an answer.
type errHangUps struct{}

func (errHangUps) Error() string {
	return fmt.Sprintf("the server ended the connection %d times without an answer", maxSends)
}

// tracing starts the wait for the answer when the request is written. net/http sends a request again, without a limit,
// as long as the server ends each connection: the wait does not start anew then, and maxSends is the limit.
func tracing(p *patience, limit time.Duration, cancel context.CancelCauseFunc) *httptrace.ClientTrace {
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

// reason is why an exchange ended: our own limit, the end of the run, or what net/http says.
func reason(ctx context.Context, err error) error {
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
		return ctx.Err() // not its cause, which may be the failure of somebody else
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return http.ErrSchemeMismatch // as http.Client has it
	}
	return err
}

func (p policy) tell(method string, at *url.URL, resp *http.Response, err error, took time.Duration) {
	if p.trace == nil {
		return
	}
	exchange := Exchange{Method: method, URL: redact(at), Err: err, Took: took}
	if resp != nil {
		exchange.Status = resp.StatusCode
	}
	p.trace(exchange)
}

// patience is how long the other side may take for its next step.
type patience struct {
	giveUp func(after time.Duration)
	mu     sync.Mutex
	timer  *time.Timer
	ended  bool
}

// wait starts the time for the next step.
func (p *patience) wait(limit time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
	}
	if !p.ended { // an answer may come before the request is all written
		p.timer = time.AfterFunc(limit, func() { p.giveUp(limit) })
	}
}

func (p *patience) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.timer.Stop()
}

// activeBody is what is sent. As long as it is read, the other side takes it.
type activeBody struct {
	io.ReadCloser
	patience *patience
}

func (b *activeBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.patience.wait(idleTimeout)
	return n, err
}

// errSilence is a server that does not go on.
type errSilence struct{ after time.Duration }

func (e errSilence) Error() string { return "no answer for " + e.after.String() }

// fewest is how many bytes have to come within idleTimeout. A server that sends one a second would
// keep us for ever otherwise.
const fewest = 16 << 10

// A document (a manifest, a config, a list) has to come at documentRate bytes a second, which is half of what a
// modem of 1998 brought, after a grace of documentGrace. So the largest document, of 4 MiB, has 17.5 minutes.
const (
	documentRate  = 4 << 10
	documentGrace = 30 * time.Second
)

// errTrickle is a server that goes on, but so slowly that it makes no difference.
type errTrickle struct {
	bytes  int
	within time.Duration
}

func (e errTrickle) Error() string {
	return fmt.Sprintf("only %d bytes in %s", e.bytes, e.within.Round(time.Second))
}

// tooSlow tells whether it was our patience that ended.
func tooSlow(err error) bool {
	var silence errSilence
	var trickle errTrickle
	return errors.As(err, &silence) || errors.As(err, &trickle)
}

// idleBody fails where the next bytes do not come in time, or too few do.
type idleBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	end    context.CancelCauseFunc // when it is closed
	bytes  int                     // that came
	waited time.Duration           // in this time
	// document is set where documentRate is the bound for the whole body.
	document  bool
	all       int           // bytes of the whole body that came
	allWaited time.Duration // the time in which somebody waited for them
}

// left is how long the next bytes may take, and the error if they take longer.
func (b *idleBody) left() (time.Duration, error) {
	if !b.document {
		return idleTimeout, errSilence{idleTimeout}
	}
	due := documentGrace + time.Duration(b.all)*time.Second/documentRate
	if left := due - b.allWaited; left < idleTimeout {
		return max(left, 0), errTrickle{b.all, due}
	}
	return idleTimeout, errSilence{idleTimeout}
}

func (b *idleBody) Read(p []byte) (int, error) {
	start := time.Now()
	left, late := b.left()
	timer := time.AfterFunc(left, func() { b.cancel(late) })
	n, err := b.ReadCloser.Read(p)
	timer.Stop()
	b.all, b.allWaited = b.all+n, b.allWaited+time.Since(start)
	if left, late := b.left(); left <= 0 && err == nil {
		err = late
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, reason(b.ctx, err)
	}
	return n, cmp.Or(err, b.count(start, n))
}

// count adds up what came while somebody waited for it: the time in which nobody reads is not the
// server's.
func (b *idleBody) count(start time.Time, n int) error {
	b.bytes += n
	b.waited += time.Since(start)
	switch {
	case b.waited < idleTimeout:
		return nil
	case b.bytes < fewest:
		return errTrickle{b.bytes, b.waited}
	}
	b.bytes, b.waited = 0, 0
	return nil
}

func (b *idleBody) Close() error {
	defer b.end(nil)
	return b.ReadCloser.Close()
}

// redact is a URL without what may be secret in it.
func redact(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
