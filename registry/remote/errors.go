package remote

import (
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

	"github.com/google/go-containerregistry/pkg/authn"

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
	Anonymous   bool          // there was no credential to send
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
	if e.Anonymous && errors.Is(e, registry.ErrDenied) {
		s += " (no credential was found for it)"
	}
	return s
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

// Forbidden tells that the registry knows who asks, and does not allow it.
func (e *ResponseError) Forbidden() bool { return e.Status == http.StatusForbidden }

// Unwrap gives the class of the error.
func (e *ResponseError) Unwrap() error {
	switch s := e.Status; {
	case s == http.StatusNotFound && e.HTML:
		return registry.ErrUnverified // who does not speak our language does not know what exists
	case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusProxyAuthRequired:
		return registry.ErrDenied
	case s == http.StatusNotFound && e.Has("BLOB_UPLOAD_UNKNOWN"), s == http.StatusRequestedRangeNotSatisfiable:
		return registry.ErrUnavailable // the upload was lost on the way
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
func (c *client) responseError(r request, resp *http.Response) error {
	e := &ResponseError{
		Method:     r.method,
		Status:     resp.StatusCode,
		RetryAfter: retryAfter(resp.Header),
		Anonymous:  c.credential == authn.AuthConfig{},
	}
	if at, err := c.host.target(r); err == nil {
		e.URL = redact(at)
	}
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	var body struct {
		Errors []Code `json:"errors"`
	}
	switch {
	case json.Unmarshal(raw, &body) == nil && len(body.Errors) > 0:
		e.Codes = body.Errors[:min(len(body.Errors), 5)]
		for i := range e.Codes {
			e.Codes[i].Message = shorten(e.Codes[i].Message)
			e.Codes[i].Code = shorten(e.Codes[i].Code)
		}
	case isHTML(resp.Header, raw):
		e.HTML, e.Text = true, htmlText
	case r.method != http.MethodHead:
		e.Text = shorten(strings.TrimSpace(string(raw)))
	}
	return e
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
	where := h.registry.RegistryStr() + r.path
	if at, e := h.target(r); e == nil {
		where = redact(at)
	}
	return registry.Errorf(registry.ErrUnavailable, "%s %s: %w", r.method, where, err)
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
