package registrytest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

const service = "registrytest"

// An access is one action on one repository.
type access struct{ repository, action string }

// accessFor lists what a request needs, as distribution has it: whoever pushes must be allowed to pull
// too, a mount needs pull on its source, and even giving up an upload needs delete.
func accessFor(r *http.Request, rt route) []access {
	if rt.endpoint == pingEndpoint {
		return nil
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return []access{{rt.name, Pull}}
	case http.MethodDelete:
		return []access{{rt.name, Delete}}
	}
	needs := []access{{rt.name, Pull}, {rt.name, Push}}
	from := r.URL.Query().Get("from")
	if rt.endpoint == uploadsEndpoint && from != rt.name && validName(from) {
		needs = append(needs, access{from, Pull})
	}
	return needs
}

// authorize returns what the sender of a request may do. If that is too little it says so in the
// headers and returns an error.
func (g *Registry) authorize(w http.ResponseWriter, r *http.Request, rt route) (func(repository, action string) bool, error) {
	switch g.options.Auth {
	case BasicAuth:
		return g.authorizeBasic(w, r, rt)
	case TokenAuth:
		return g.authorizeToken(w, r, rt)
	}
	return func(string, string) bool { return true }, nil
}

func (g *Registry) authorizeBasic(w http.ResponseWriter, r *http.Request, rt route) (func(repository, action string) bool, error) {
	challenge := func() error {
		w.Header().Set("Www-Authenticate", `Basic realm="`+service+`"`)
		return errUnauthorized
	}
	user, password, ok := r.BasicAuth()
	if ok && !g.options.knows(user, password) || !ok && r.Header.Get("Authorization") != "" {
		return nil, challenge()
	}
	may := func(repository, action string) bool { return g.options.may(user, repository, action) }
	needs := slices.DeleteFunc(accessFor(r, rt), func(a access) bool { return a.repository != rt.name })
	denied := slices.ContainsFunc(needs, func(a access) bool { return !may(a.repository, a.action) })
	switch {
	case !ok && (denied || rt.endpoint == pingEndpoint):
		return nil, challenge()
	case denied:
		return nil, errDenied
	}
	return may, nil
}

func (g *Registry) authorizeToken(w http.ResponseWriter, r *http.Request, rt route) (func(repository, action string) bool, error) {
	needs := accessFor(r, rt)
	challenge := func(problem string) error {
		w.Header().Set("Www-Authenticate", g.challenge(r, needs, problem))
		return errUnauthorized.about(scopes(needs))
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, challenge("")
	}
	granted, ok := g.tokens.granted(value, g.options.Now())
	if !ok {
		return nil, challenge("invalid_token")
	}
	may := func(repository, action string) bool { return granted[access{repository, action}] }
	for _, need := range needs {
		if !may(need.repository, need.action) {
			return nil, challenge("insufficient_scope")
		}
	}
	return may, nil
}

// challenge is the Www-Authenticate header (RFC 6750, section 3; distribution docs, "Token
// Authentication Specification"). It names all that the request needs, granted or not.
func (g *Registry) challenge(r *http.Request, needs []access, problem string) string {
	realm := cmp.Or(g.options.Realm, baseURL(r)+"/token")
	header := `Bearer realm="` + realm + `",service="` + service + `"`
	if len(needs) > 0 {
		header += `,scope="` + strings.Join(scopes(needs), " ") + `"`
	}
	if problem != "" {
		header += `,error="` + problem + `"`
	}
	return header
}

// scopes writes one scope for each repository, in order.
func scopes(needs []access) []string {
	var list []string
	for i, need := range needs {
		if i > 0 && needs[i-1].repository == need.repository {
			list[len(list)-1] += "," + need.action
		} else {
			list = append(list, "repository:"+need.repository+":"+need.action)
		}
	}
	return list
}
