package remote

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/manifest-tool/manifest-tool/registry"
)

// maxErrorBody is how much of an answer is read that is no success.
const maxErrorBody = 64 << 10

// A ResponseError is a registry's answer that is no success.
type ResponseError struct {
	Method, URL string
	Status      int
	Codes       []Code        // what the registry says, if it says it the way the spec wants
	Text        string        // otherwise
	RetryAfter  time.Duration // how long the registry wants to be left alone; 0 if it does not say
	Quota       string        // what is used up, where it is a quota that takes hours to fill again
	Login       Login         // who it thought we are
	HTML        bool          // it is a page for people, so who answered may be no registry
}

// A Code is one entry of the error list in an answer (distribution-spec, "Error Codes").
type Code struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *ResponseError) Error() string {
	s := fmt.Sprintf("%s %s: %s", e.Method, e.URL, statusText(e.Status))
	for _, code := range e.Codes {
		s += ": " + strings.TrimSuffix(code.Code+": "+code.Message, ": ")
	}
	if e.Text != "" {
		s += ": " + e.Text
	}
	switch {
	case e.Quota != "":
		s += " (" + e.Quota + ")"
	case e.RetryAfter > MaxWait:
		s += " (it wants to be left alone for " + e.RetryAfter.Round(time.Second).String() + ")"
	case !e.denied():
	case e.Login.Credential == "":
		s += " (no credential was found for it)"
	case e.Login.Known:
		s += " (with " + e.Login.Credential + ")"
	default:
		s += " (it does not accept " + e.Login.Credential + ")"
	}
	return s
}

// denied tells that it is about who we are, and was said by a registry.
func (e *ResponseError) denied() bool {
	return errors.Is(e, registry.ErrDenied) && e.Status != http.StatusProxyAuthRequired
}

// Has tells whether the registry gave that code.
func (e *ResponseError) Has(code string) bool {
	for _, c := range e.Codes {
		if c.Code == code {
			return true
		}
	}
	return false
}

// answered tells whether there was an answer, however bad.
func answered(err error) bool {
	var answer *ResponseError
	return errors.As(err, &answer)
}

func unauthorized(err error) bool {
	var answer *ResponseError
	return errors.As(err, &answer) && answer.Status == http.StatusUnauthorized
}

// Incomplete tells that the registry misses something that a manifest refers to.
func (e *ResponseError) Incomplete() bool {
	return e.Method == http.MethodPut && (e.Has("MANIFEST_BLOB_UNKNOWN") || e.Has("BLOB_UNKNOWN") || e.Has("MANIFEST_UNKNOWN"))
}

// Immutable tells that a tag may be one that is set once. No code says just that: it is TAG_INVALID at
// distribution and ECR, 409 or 412 elsewhere, and 403 at Artifactory.
func (e *ResponseError) Immutable() bool {
	switch e.Status {
	case http.StatusForbidden, http.StatusConflict, http.StatusPreconditionFailed:
		return e.Method == http.MethodPut
	}
	return e.Method == http.MethodPut && e.Has("TAG_INVALID")
}

// Unwrap gives the class of the error.
func (e *ResponseError) Unwrap() error {
	switch s := e.Status; {
	case e.HTML && (s == http.StatusNotFound || s == http.StatusForbidden):
		return registry.ErrUnverified // who does not speak our language does not know what exists or who may see it
	case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusProxyAuthRequired:
		return registry.ErrDenied
	case s == http.StatusNotFound && e.Has("BLOB_UPLOAD_UNKNOWN"), s == http.StatusRequestedRangeNotSatisfiable:
		return registry.ErrUnavailable // the upload was lost on the way
	case e.Has("DIGEST_INVALID"):
		return registry.ErrUnverified // what arrived is not what we sent
	case e.Incomplete():
		return registry.ErrRefused
	case s == http.StatusNotFound:
		return registry.ErrNotFound
	case s == http.StatusRequestTimeout, s == http.StatusTooManyRequests, s >= 500, s == 499:
		return registry.ErrUnavailable
	}
	return registry.ErrRefused
}

func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

// responseError reads what a registry says about a request that failed.
func (c *client) responseError(r request, resp *http.Response) *ResponseError {
	e := &ResponseError{
		Method:     r.method,
		Status:     resp.StatusCode,
		RetryAfter: retryAfter(resp.Header),
	}
	// A token that was had for a login shows that the login is right; one that was given may be old.
	known := e.Status == http.StatusForbidden || challengeOf(resp.Header).scheme == "bearer" && c.credential.RegistryToken == ""
	e.Login = c.login(known)
	if at, err := c.host.target(r); err == nil {
		e.URL = redact(at)
	}
	if e.Status == http.StatusTooManyRequests {
		e.Quota = quota(resp.Header)
	}
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	var body struct {
		Errors []Code `json:"errors"`
	}
	switch {
	case json.Unmarshal(raw, &body) == nil && len(body.Errors) > 0:
		e.Codes = body.Errors[:min(len(body.Errors), 5)]
		for i := range e.Codes {
			e.Codes[i].Message = shorten(c.host.mask.hide(e.Codes[i].Message))
			e.Codes[i].Code = shorten(c.host.mask.hide(e.Codes[i].Code))
		}
	case isHTML(resp.Header, raw):
		e.HTML, e.Text = true, htmlText
	case r.method != http.MethodHead:
		e.Text = shorten(c.host.mask.hide(strings.TrimSpace(string(raw))))
	}
	return e
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
	text := "the quota of " + cmp.Or(shorten(all), "?") + " in " + (time.Duration(seconds) * time.Second).String() + " is used up"
	if source := shorten(h.Get("Docker-Ratelimit-Source")); source != "" {
		text += " for " + source
	}
	return text
}

const htmlText = "an HTML page, which is not what a registry sends: is there a proxy or a login page in between?"

func isHTML(h http.Header, body []byte) bool {
	return strings.Contains(h.Get("Content-Type"), "html") || strings.HasPrefix(strings.TrimSpace(string(body)), "<")
}

// shorten leaves what fits into a line of a message.
func shorten(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	runes := []rune(s)
	if len(runes) > 200 {
		return string(runes[:200]) + "…"
	}
	return s
}

// transportError says that there was no answer. What already has a class keeps it.
func transportError(r request, h *host, err error) error {
	if errors.Is(err, context.Canceled) || classified(err) {
		return err
	}
	return registry.Errorf(registry.ErrUnavailable, "%s: %w", h.name(r), err)
}

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
