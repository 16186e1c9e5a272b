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

// OptionalAnswers are the ways in which registries answer the question for what refers to a manifest. The first
// of them answers with a list for one subject, and with an empty list for others.
func OptionalAnswers(subject string, list Artifact) []Optional {
	index := func(a Artifact) func(Scene) {
		return Say(http.StatusOK, string(a.Manifest), "Content-Type", string(types.OCIImageIndex))
	}
	lists := func(s Scene) {
		a := Index(false)
		if strings.HasSuffix(s.R.URL.Path, subject) {
			a = list
		}
		index(a)(s)
	}
	return []Optional{
		{"index", lists},
		{"empty", index(Index(false))},
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

// optionalFaults are answers that tell no more than that something need not be there, and one that it is not
// there yet.
func optionalFaults() []Fault {
	away := func(r *http.Request) string { return "http://" + Elsewhere + "/nowhere" + r.URL.Path }
	all := []Fault{{Name: "307 of a question elsewhere", do: Redirect(http.StatusTemporaryRedirect, away)}}
	for _, o := range OptionalAnswers("", Index(false)) {
		switch o.Name {
		case "empty", "JSON", "401", "403", "405":
			all = append(all, Fault{Name: "answered with " + o.Name, do: o.Do})
		}
	}
	for i := range all {
		all[i].On, all[i].Class = []Kind{AskReferrers}, Harmless
	}
	policy := Complain(http.StatusPreconditionFailed, "PRECONDITION", "the image is vulnerable")
	return append(all,
		Fault{Name: "412 of a policy", On: []Kind{LookUpTag, LookUpChild}, Class: Harmless, do: policy},
		Fault{Name: "412 of a policy for a read", On: []Kind{ReadTag, ReadManifest}, Class: Refused, do: policy},
		Fault{Name: "MANIFEST_UNKNOWN three times", On: []Kind{PutTag}, Times: 3, Class: Harmless, do: Complain(http.StatusNotFound, "MANIFEST_UNKNOWN", "as the test says")})
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

// Unlisted are the manifests of a repository that name a subject and that a client does not find: the registry
// does not list them itself, and the tag for that does not (spec, "Pushing Manifests with Subject").
func (g *Registry) Unlisted(repository string) []string {
	g.store.mu.RLock()
	defer g.store.mu.RUnlock()
	var unlisted []string
	held := g.store.repository(repository)
	for digest, m := range held.manifests {
		if m.subject == nil || g.options.Referrers {
			continue
		}
		list := held.manifests[held.tags[strings.Replace(m.subject.Digest.String(), ":", "-", 1)]]
		if !strings.Contains(string(list.raw), `"`+digest+`"`) {
			unlisted = append(unlisted, digest)
		}
	}
	return unlisted
}

// Tags are the tags of a repository.
func (g *Registry) Tags(repository string) []string {
	g.store.mu.RLock()
	defer g.store.mu.RUnlock()
	return g.store.repository(repository).sortedTags()
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

// AnswerPuts answers each PUT of a tag that begins so.
func (g *Registry) AnswerPuts(prefix string, do func(Scene)) {
	g.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		rt, ok, err := parseRoute(r.URL.EscapedPath())
		if !ok || err != nil || r.Method != http.MethodPut || rt.endpoint != manifestEndpoint || !strings.HasPrefix(rt.tag, prefix) {
			return false
		}
		do(Scene{w, r, g, nil})
		return true
	})
}
