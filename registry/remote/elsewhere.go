package remote

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// An elsewhereError is a question that the registry sends to another host, which does not answer it.
type elsewhereError struct {
	from, to string
	err      error // nil where what came is no index
}

func (e *elsewhereError) Error() string {
	var answer *ResponseError
	text := e.from + " leads to " + e.to + ", "
	switch {
	case e.err == nil:
		return text + "whose answer is no index"
	case errors.As(e.err, &answer):
		return text + "which answers " + refusal.StatusText(answer.Status)
	}
	return text + "which does not answer"
}

// Unwrap gives the class.
func (e *elsewhereError) Unwrap() error { return registry.ErrUnverified }

// A trail is the last answer that a request met on its way.
type trail struct {
	status int
	header http.Header
	at     *url.URL
}

func (t *trail) add(resp *http.Response) {
	t.status, t.header, t.at = resp.StatusCode, resp.Header, resp.Request.URL
}

// leadsAway is the host that answered in the place of the registry, or that the registry sent the request to.
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

// unchallenged reports whether the answer is a 401 that does not say which login it wants. Something before
// the registry that does not know the path answers so.
func (t *trail) unchallenged() bool {
	return t.status == http.StatusUnauthorized && challengeOf(t.header).scheme == ""
}
