package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// A ResponseError is a registry's answer that is no success.
type ResponseError struct {
	Method, URL string
	Status      int
	From        string         // who answered, where that is not the registry itself
	Codes       []refusal.Code // what it says, where that has a code
	Text        string         // otherwise
	RetryAfter  time.Duration  // how long the registry wants to be left alone; 0 if it does not say
	Quota       string         // what is used up, where it is a quota that takes hours to fill again
	Login       Login          // who it thought we are
	HTML        bool           // it is a page for people, so who answered may be no registry
	Unasked     bool           // a 401 that does not say which login is wanted, to a request without one
	elsewhere   bool           // a server answered to which the registry sends us
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
		s += " (it wants to be left alone for " + e.RetryAfter.Round(time.Second).String() + ")"
	case !e.denied():
	case e.Unasked:
		s += " (it wants a login, but does not say which kind)"
	case e.Login.Credential == "":
		s += " (no credential was found for it)"
	case e.Login.Known:
		s += " (with " + e.Login.Credential + ")"
	default:
		s += " (it does not accept " + e.Login.Credential + ")"
	}
	return s
}

// words is all that the answer says.
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

// denied tells that it is about who we are, and was said by a registry.
func (e *ResponseError) denied() bool {
	return errors.Is(e, registry.ErrDenied) && e.Status != http.StatusProxyAuthRequired && !e.elsewhere
}

// Words tells whether the answer says why.
func (e *ResponseError) Words() bool { return len(e.Codes) > 0 || e.Text != "" || e.Quota != "" }

// Has tells whether the registry gave that code.
func (e *ResponseError) Has(code string) bool {
	for _, c := range e.Codes {
		if c.Code == code {
			return true
		}
	}
	return false
}

// Names tells whether the registry's words name a digest.
func (e *ResponseError) Names(digest string) bool {
	for _, c := range e.Codes {
		if strings.Contains(c.Message, digest) || strings.Contains(c.Detail, digest) {
			return true
		}
	}
	return strings.Contains(e.Text, digest)
}

// answered tells whether there was an answer, however bad.
func hasAnswer(err error) bool {
	var answer *ResponseError
	return errors.As(err, &answer)
}

func unauthorized(err error) bool {
	var answer *ResponseError
	return errors.As(err, &answer) && answer.Status == http.StatusUnauthorized && !answer.elsewhere
}

// Incomplete tells that the registry misses something that a manifest refers to.
func (e *ResponseError) Incomplete() bool {
	return e.Method == http.MethodPut && (e.Has("MANIFEST_BLOB_UNKNOWN") || e.Has("BLOB_UNKNOWN") || e.Has("MANIFEST_UNKNOWN"))
}

// Immutable tells that a tag may be one that is set once. No code says just that: it is TAG_INVALID at
// distribution and ECR, 409 or 412 elsewhere, and 403 at Artifactory.
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

// Unwrap gives the class of the error. The words decide where a status has several meanings.
func (e *ResponseError) Unwrap() error {
	s, reason := e.Status, e.Reason()
	switch {
	case e.HTML && (s == http.StatusNotFound || s == http.StatusForbidden):
		return registry.ErrUnverified // who does not speak our language does not know what exists or who may see it
	case e.elsewhere && (s == http.StatusUnauthorized || s == http.StatusForbidden || s == http.StatusBadRequest):
		return registry.ErrUnavailable // the link of the registry is no longer good, or not yet
	case s < 500 && s != http.StatusTooManyRequests && reason.Refuses():
		return registry.ErrRefused
	case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusProxyAuthRequired:
		return registry.ErrDenied
	case s == http.StatusNotFound && e.Has("BLOB_UPLOAD_UNKNOWN"), s == http.StatusRequestedRangeNotSatisfiable:
		return registry.ErrUnavailable // the upload was lost on the way
	case e.Has("DIGEST_INVALID"):
		return registry.ErrUnverified // what arrived is not what we sent
	case e.Incomplete(), reason == refusal.ForeignLayer:
		return registry.ErrRefused
	case s == http.StatusNotFound:
		return registry.ErrNotFound
	case s == http.StatusRequestTimeout, s == http.StatusTooManyRequests, s >= 500, s == 499:
		return registry.ErrUnavailable
	}
	return registry.ErrRefused
}

// responseError reads what a registry says about a request that failed.
func (c *client) responseError(r request, resp *http.Response) *ResponseError {
	e := &ResponseError{
		Method:     r.method,
		Status:     resp.StatusCode,
		RetryAfter: retryAfter(resp.Header),
		From:       c.host.answerer(resp),
		elsewhere:  !c.host.owns(resp.Request.URL),
	}
	asked := challengeOf(resp.Header)
	// A token that was had for a login shows that the login is right; one that was given may be old.
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

// repeats tells that a detail such as "tag=1.0" says nothing but what the request says.
func repeats(detail, url string) bool {
	for word := range strings.FieldsSeq(detail) {
		_, value, found := strings.Cut(word, "=")
		if !found || !strings.Contains(url, value) {
			return false
		}
	}
	return true
}

// answerer names who answered, where that is not the registry itself: a server to which the registry sends us,
// or perhaps a proxy that sees our requests. Behind TLS a proxy cannot answer in the place of a server.
func (h *host) answerer(resp *http.Response) string {
	at := resp.Request.URL
	if !h.owns(at) {
		return at.Host + ", to which the registry sends us,"
	}
	if at.Scheme != "http" || h.options.Transport != nil {
		return ""
	}
	if proxy, err := h.network.Proxy(resp.Request); err == nil && proxy != nil {
		return "the registry, or the proxy " + proxy.Host + " in between,"
	}
	return ""
}

// quota tells of a quota that is used up, as Docker Hub has it: "RateLimit-Remaining: 0;w=21600", with
// the window in seconds (https://docs.docker.com/docker-hub/usage/pulls/).
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

// transportError says that there was no answer. What already has a class keeps it.
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
	return unanswered{registry.Errorf(registry.ErrUnavailable, "%s: %w", h.name(r), err)}
}

// unanswered is a request without an answer.
type unanswered struct{ error }

func (u unanswered) Unwrap() error { return u.error }

// Words tells that nobody said why.
func (unanswered) Words() bool { return false }

// name is what a request is called in messages.
func (h *host) name(r request) string {
	where := h.registry.RegistryStr() + r.path
	if at, err := h.target(r); err == nil {
		where = redact(at)
	}
	return r.method + " " + where
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
