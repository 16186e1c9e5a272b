package registrytest

import (
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// An Optional is an answer to a question that a registry need not know.
type Optional struct {
	Name string
	Do   func(Scene)
}

// OptionalAnswers are the ways in which registries answer the question for what refers to a manifest. The list
// is what the first of them answers.
func OptionalAnswers(list Artifact) []Optional {
	index := func(body string) func(Scene) {
		return Say(http.StatusOK, body, "Content-Type", string(types.OCIImageIndex))
	}
	return []Optional{
		{"index", index(string(list.Manifest))},
		{"empty", index(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`)},
		{"page", Say(http.StatusOK, page, "Content-Type", "text/html")},
		{"JSON", Say(http.StatusOK, `{"name":"app","tags":[]}`, "Content-Type", "application/json")},
		{"401", Status(http.StatusUnauthorized)},
		{"401 with a challenge", challenged},
		{"403", Complain(http.StatusForbidden, "DENIED", "requested access to the resource is denied")},
		{"404", Status(http.StatusNotFound)},
		{"405", Complain(http.StatusMethodNotAllowed, "UNSUPPORTED", "the operation is unsupported")},
		{"429", Status(http.StatusTooManyRequests)},
		{"500", Status(http.StatusInternalServerError)},
		{"slow", Stall},
	}
}

func challenged(s Scene) {
	s.W.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
	Complain(http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")(s)
}

// AnswerOptional answers the questions for what refers to a manifest, and the reads of tags for that, in other
// ways. Over ends what never answers. A nil function leaves the answer to the registry.
func (g *Registry) AnswerOptional(over <-chan struct{}, referrers, tag func(Scene)) {
	g.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		rt, ok, err := parseRoute(r.URL.EscapedPath())
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		switch {
		case !ok || err != nil || !reads:
			return false
		case rt.endpoint == referrersEndpoint && referrers != nil:
			referrers(Scene{w, r, g, over})
		case rt.endpoint == manifestEndpoint && strings.HasPrefix(rt.tag, "sha256-") && tag != nil:
			tag(Scene{w, r, g, over})
		default:
			return false
		}
		return true
	})
}

// Handler gives the answer to every request, for a host that a registry leads to.
func (o Optional) Handler(over <-chan struct{}) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { o.Do(Scene{w, r, nil, over}) })
}

// IfMissing answers in another way where the registry would answer 404.
func IfMissing(do func(Scene)) func(Scene) {
	return func(s Scene) {
		answer := s.capture()
		if answer.Status == http.StatusNotFound {
			do(s)
			return
		}
		answer.head(s.W)
		if s.R.Method != http.MethodHead {
			s.W.Write(answer.body)
		}
	}
}

// TagIsDigest reads the tag sha256-HEX as the digest sha256:HEX, as GitLab does.
func TagIsDigest(s Scene) {
	before, hex, _ := strings.Cut(s.R.URL.Path, "/manifests/sha256-")
	if len(hex) == 64 {
		s.R.URL.Path = before + "/manifests/sha256:" + hex
	}
	s.Registry.Answer(s.W, s.R)
}

// Page answers with a page for people.
func Page(s Scene) { Say(http.StatusOK, page, "Content-Type", "text/html")(s) }

// Forbid answers that access is denied.
func Forbid(s Scene) { Complain(http.StatusForbidden, "DENIED", "access denied")(s) }
