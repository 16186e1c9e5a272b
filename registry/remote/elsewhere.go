package remote

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// An elsewhereError is the failure of a host to which the registry redirects a request.
type elsewhereError struct {
	from, to string
	err      error // nil if the answer is not an index
}

func (e *elsewhereError) Error() string {
	var answer *ResponseError
	text := e.from + " redirects to " + e.to + ", "
	switch {
	case e.err == nil:
		return text + "whose answer is not an index"
	case errors.As(e.err, &answer):
		return text + "which answers " + refusal.StatusText(answer.Status)
	}
	return text + "which does not answer"
}

// Unwrap returns the class.
func (e *elsewhereError) Unwrap() error { return registry.ErrUnverified }

// A trail holds the last answer to a request, after its redirects.
type trail struct {
	status int
	header http.Header
	at     *url.URL
}

func (t *trail) add(resp *http.Response) {
	t.status, t.header, t.at = resp.StatusCode, resp.Header, resp.Request.URL
}

// otherHost returns the host other than the registry that answered, or to which the last answer redirects; or "".
func (t *trail) otherHost(h *host) string {
	if t.at == nil {
		return ""
	}
	at := t.at
	if location := t.header.Get("Location"); t.status >= 300 && t.status <= 399 && location != "" {
		if next, err := at.Parse(location); err == nil {
			at = next
		}
	}
	if h.owns(at) {
		return ""
	}
	return at.Host
}

// unchallenged reports whether the answer is a 401 without a challenge. A server before the registry that does not
// know the path gives such an answer.
func (t *trail) unchallenged() bool {
	return t.status == http.StatusUnauthorized && challengeOf(t.header).scheme == ""
}
