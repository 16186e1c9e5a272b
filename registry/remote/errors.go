package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// A ResponseError is an answer of a registry with a failure status.
type ResponseError struct {
	Method, URL string
	Status      int
	From        string         // the server that answered, if it is not the registry
	Codes       []refusal.Code // the errors in the body
	Text        string         // the text of the body, if it has no errors
	RetryAfter  time.Duration  // from the Retry-After header; 0 if absent
	Quota       string         // the used-up quota, if it takes hours to fill again
	Login       Login          // the login that the request had
	HTML        bool           // the body is an HTML page, so the server may not be a registry
	Unasked     bool           // a 401 without a challenge, to a request without a login
	elsewhere   bool           // the answer came from a host that the registry redirects to
}

func (e *ResponseError) Error() string {
	s := fmt.Sprintf("%s %s: %s", e.Method, e.URL, refusal.StatusText(e.Status))
	if e.From != "" {
		s = fmt.Sprintf("%s %s: %s answers %s", e.Method, e.URL, e.From, refusal.StatusText(e.Status))
	}
	s += e.words()
	switch {
	case e.Quota != "":
		s += " (" + e.Quota + ")"
	case e.RetryAfter > MaxWait:
		s += " (the registry asks clients to wait " + e.RetryAfter.Round(time.Second).String() + ")"
	case !e.denied():
	case e.Unasked:
		s += " (the registry asks for a login, but sends no WWW-Authenticate header)"
	case e.Login.Credential == "":
		s += " (no credential found for this registry)"
	case e.Login.Known:
		s += " (with " + e.Login.Credential + ")"
	default:
		s += " (the registry rejects " + e.Login.Credential + ")"
	}
	return s
}

// words joins all errors and texts of the answer.
func (e *ResponseError) words() string {
	var s string
	for _, code := range e.Codes {
		s += ": " + code.String()
	}
	if e.Text != "" {
		s += ": " + e.Text
	}
	return s
}

// denied reports whether the registry itself refuses the login.
func (e *ResponseError) denied() bool {
	return errors.Is(e, registry.ErrDenied) && e.Status != http.StatusProxyAuthRequired && !e.elsewhere
}

// Words reports whether the answer gives a reason.
func (e *ResponseError) Words() bool { return len(e.Codes) > 0 || e.Text != "" || e.Quota != "" }

// Has reports whether the answer has an error code.
func (e *ResponseError) Has(code string) bool {
	for _, c := range e.Codes {
		if c.Code == code {
			return true
		}
	}
	return false
}

// Names reports whether the answer mentions a digest.
func (e *ResponseError) Names(digest string) bool {
	for _, c := range e.Codes {
		if strings.Contains(c.Message, digest) || strings.Contains(c.Detail, digest) {
			return true
		}
	}
	return strings.Contains(e.Text, digest)
}

// hasAnswer reports whether an error holds an answer of a server.
func hasAnswer(err error) bool {
	var answer *ResponseError
	return errors.As(err, &answer)
}

func unauthorized(err error) bool {
	var answer *ResponseError
	return errors.As(err, &answer) && answer.Status == http.StatusUnauthorized && !answer.elsewhere
}

// Incomplete reports whether the registry misses a blob or manifest that the pushed manifest refers to.
func (e *ResponseError) Incomplete() bool {
	return e.Method == http.MethodPut && (e.Has("MANIFEST_BLOB_UNKNOWN") || e.Has("BLOB_UNKNOWN") || e.Has("MANIFEST_UNKNOWN"))
}

// Immutable reports whether the tag may be immutable. No error code is specified for that: distribution and ECR use
// TAG_INVALID, other registries 409 or 412, and Artifactory 403.
func (e *ResponseError) Immutable() bool {
	if e.Reason() == refusal.Immutable {
		return e.Method == http.MethodPut
	}
	switch e.Status {
	case http.StatusForbidden, http.StatusConflict, http.StatusPreconditionFailed:
		return e.Method == http.MethodPut
	}
	return e.Method == http.MethodPut && e.Has("TAG_INVALID")
}

// Unwrap returns the class of the error. The text decides if a status has several meanings.
func (e *ResponseError) Unwrap() error {
	s, reason := e.Status, e.Reason()
	switch {
	case e.HTML && (s == http.StatusNotFound || s == http.StatusForbidden):
		return registry.ErrUnverified // a server that is not a registry does not know what exists
	case e.elsewhere && (s == http.StatusUnauthorized || s == http.StatusForbidden || s == http.StatusBadRequest):
		return registry.ErrUnavailable // the link of the registry has expired
	case s < 500 && s != http.StatusTooManyRequests && reason.Refuses():
		return registry.ErrRefused
	case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusProxyAuthRequired:
		return registry.ErrDenied
	case s == http.StatusNotFound && e.Has("BLOB_UPLOAD_UNKNOWN"), s == http.StatusRequestedRangeNotSatisfiable:
		return registry.ErrUnavailable // the upload session was lost
	case e.Has("DIGEST_INVALID"):
		return registry.ErrUnverified // the bytes were damaged on the way
	case e.Incomplete(), reason == refusal.ForeignLayer:
		return registry.ErrRefused
	case s == http.StatusNotFound:
		return registry.ErrNotFound
	case s == http.StatusRequestTimeout, s == http.StatusTooManyRequests, s >= 500, s == 499:
		return registry.ErrUnavailable
	}
	return registry.ErrRefused
}

// responseError reads an answer with a failure status.
func (c *client) responseError(r request, resp *http.Response) *ResponseError {
	e := &ResponseError{
		Method:     r.method,
		Status:     resp.StatusCode,
		RetryAfter: retryAfter(resp.Header),
		From:       c.host.answerer(resp),
		elsewhere:  !c.host.owns(resp.Request.URL),
	}
	asked := challengeOf(resp.Header)
	// A token that was issued for a login proves that the login is valid. A token from a file may be old.
	known := e.Status == http.StatusForbidden || asked.scheme == "bearer" && c.credential.RegistryToken == ""
	e.Login = c.login(known)
	e.Unasked = e.Status == http.StatusUnauthorized && asked.scheme == "" && resp.Request.Header.Get("Authorization") == ""
	if at, err := c.host.target(r); err == nil {
		e.URL = redact(at)
	}
	if e.Status == http.StatusTooManyRequests {
		e.Quota = quota(resp.Header)
	}
	said := refusal.Read(resp).Masked(c.host.mask.hide)
	e.Codes, e.Text, e.HTML = said.Codes, said.Text, said.Page
	for i, code := range e.Codes {
		if repeats(code.Detail, e.URL) {
			e.Codes[i].Detail = ""
		}
	}
	return e
}

// repeats reports whether a detail such as "tag=1.0" only repeats parts of the URL.
func repeats(detail, url string) bool {
	for word := range strings.FieldsSeq(detail) {
		_, value, found := strings.Cut(word, "=")
		if !found || !strings.Contains(url, value) {
			return false
		}
	}
	return true
}

// answerer names the server that answered, if it is not the registry: a redirect target, or perhaps a proxy. Behind
// TLS a proxy cannot answer for a registry.
func (h *host) answerer(resp *http.Response) string {
	at := resp.Request.URL
	if !h.owns(at) {
		return at.Host + ", to which the registry redirects,"
	}
	if at.Scheme != "http" || h.options.Transport != nil {
		return ""
	}
	if proxy, err := h.network.Proxy(resp.Request); err == nil && proxy != nil {
		return "the registry or the proxy " + proxy.Host
	}
	return ""
}

// quota describes a used-up quota. Docker Hub sends "RateLimit-Remaining: 0;w=21600" with the window in seconds
// (https://docs.docker.com/docker-hub/usage/pulls/).
func quota(h http.Header) string {
	left, window, _ := strings.Cut(h.Get("Ratelimit-Remaining"), ";w=")
	seconds, err := strconv.Atoi(window)
	if left != "0" || err != nil || time.Duration(seconds)*time.Second <= MaxWait {
		return ""
	}
	all, _, _ := strings.Cut(h.Get("Ratelimit-Limit"), ";")
	text := "the quota of " + cmp.Or(refusal.Shorten(all), "?") + " in " + (time.Duration(seconds) * time.Second).String() + " is used up"
	if source := refusal.Shorten(h.Get("Docker-Ratelimit-Source")); source != "" {
		text += " for " + source
	}
	return text
}

// transportError is the error of a request without an answer. An error that has a class keeps it.
func transportError(r request, h *host, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	var known *MisdirectedError
	if classified(err) {
		if r.url == nil || h.owns(r.url) || hasAnswer(err) || errors.As(err, &known) {
			return err
		}
		return h.misdirected("Location", r.url, err)
	}
	if r.url != nil && !h.owns(r.url) && !errors.Is(err, context.DeadlineExceeded) {
		err = h.misdirected("Location", r.url, err)
	}
	name := h.name(r)
	var dial *net.OpError
	if r.url == nil && !h.settled.Load() && errors.As(err, &dial) && dial.Op == "dial" { // http is only tried first
		name = r.method + " " + h.registry.RegistryStr() + r.path
	}
	return unanswered{registry.Errorf(registry.ErrUnavailable, "%s: %w", name, err)}
}

// unanswered is a request without an answer.
type unanswered struct{ error }

func (u unanswered) Unwrap() error { return u.error }

// Words returns false: there is no answer.
func (unanswered) Words() bool { return false }

// name returns the method and URL of a request for messages.
func (h *host) name(r request) string {
	where := h.registry.RegistryStr() + r.path
	if at, err := h.target(r); err == nil {
		where = redact(at)
	}
	return r.method + " " + where
}

// isUnanswered reports whether the error of an exchange means that the server did not answer.
func isUnanswered(err error) bool {
	var elsewhere *MisdirectedError
	return !errors.As(err, &elsewhere) && !hasAnswer(err) && !classified(err) && !errors.Is(err, context.Canceled) && !errors.Is(err, http.ErrSchemeMismatch)
}

func classified(err error) bool {
	for _, class := range []error{registry.ErrNotFound, registry.ErrDenied, registry.ErrUnverified, registry.ErrRefused,
		registry.ErrUnavailable, registry.ErrInvalid} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}
