package remote

import (
	"net/http"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// Reason returns the cause of the refusal that the answer gives.
func (e *ResponseError) Reason() refusal.Reason {
	return refusal.ReasonIn(e.said(), e.fits)
}

// quoted matches a quoted name in an answer.
var quoted = lazyregexp.New("'[^'\\s]*'|`[^`\\s]*`")

// said returns all texts of the answer without the names of the repository and the tag, because a name may be
// "quota".
func (e *ResponseError) said() string {
	all := []string{e.Text}
	for _, code := range e.Codes {
		all = append(all, code.Code, code.Message, code.Detail)
	}
	text := quoted().ReplaceAllString(strings.Join(all, "\n"), "")
	_, path, _ := strings.Cut(e.URL, "/v2/")
	for _, kind := range []string{"/manifests/", "/blobs/", "/tags/", "/referrers/"} {
		if repository, reference, ok := strings.Cut(path, kind); ok {
			text = strings.ReplaceAll(text, repository, "")
			if kind == "/manifests/" && len(reference) > 3 {
				text = strings.ReplaceAll(text, reference, "")
			}
		}
	}
	return text
}

// fits reports whether a reason is possible for the request: a read cannot fail because a tag is immutable.
func (e *ResponseError) fits(r refusal.Reason) bool {
	writes := e.Method != http.MethodGet && e.Method != http.MethodHead
	switch r {
	case refusal.ForeignLayer, refusal.Quota, refusal.TooLarge, refusal.Immutable, refusal.ReadOnly:
		return writes
	case refusal.NoRepository:
		return writes && (e.Status == http.StatusNotFound || e.Status == http.StatusBadRequest)
	case refusal.Expired:
		return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden || e.elsewhere
	}
	return e.Status != http.StatusNotFound
}
