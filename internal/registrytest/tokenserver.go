package registrytest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A tokenError is an answer of the token server: an error code of RFC 6749, section 5.2, or what comes
// closest.
type tokenError struct {
	status int
	code   string
	text   string
}

// serveToken answers GET with Basic credentials, or none, and POST with a form (distribution docs,
// "Token Authentication Specification" and "Oauth2 Token Authentication").
func (g *Registry) serveToken(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	var problem *tokenError
	switch r.Method {
	case http.MethodGet:
		body, problem = g.tokenByGet(r)
	case http.MethodPost:
		body, problem = g.tokenByPost(r)
	default:
		problem = &tokenError{http.StatusMethodNotAllowed, "invalid_request", r.Method}
	}
	w.Header().Set("Cache-Control", "no-store")
	if problem != nil {
		writeJSON(w, problem.status, map[string]string{"error": problem.code, "error_description": problem.text})
		return
	}
	writeJSON(w, http.StatusOK, body)
}

func (g *Registry) tokenByGet(r *http.Request) (map[string]any, *tokenError) {
	user, password, ok := r.BasicAuth()
	if ok && !g.options.knows(user, password) || !ok && r.Header.Get("Authorization") != "" {
		return nil, &tokenError{http.StatusUnauthorized, "invalid_grant", "wrong credentials"}
	}
	params := r.URL.Query()
	body, problem := g.issue(user, params)
	if problem != nil {
		return nil, problem
	}
	body["token"] = body["access_token"]
	if user != "" && params.Get("offline_token") == "true" {
		body["refresh_token"] = g.tokens.issueRefresh(user)
	}
	return body, nil
}

func (g *Registry) tokenByPost(r *http.Request) (map[string]any, *tokenError) {
	invalid := func(text string) (map[string]any, *tokenError) {
		return nil, &tokenError{http.StatusBadRequest, "invalid_request", text}
	}
	if err := r.ParseForm(); err != nil {
		return invalid(err.Error())
	}
	form := r.PostForm // empty unless the Content-Type is that of a form
	if form.Get("client_id") == "" {
		return invalid("client_id is missing")
	}
	user, problem := g.grantUser(form)
	if problem != nil {
		return nil, problem
	}
	body, problem := g.issue(user, form)
	if problem != nil {
		return nil, problem
	}
	if form.Get("access_type") == "offline" {
		body["refresh_token"] = g.tokens.issueRefresh(user)
	}
	return body, nil
}

// grantUser finds the user of a POST.
func (g *Registry) grantUser(form url.Values) (string, *tokenError) {
	var user string
	var ok bool
	switch grant := form.Get("grant_type"); grant {
	case "password":
		user = form.Get("username")
		ok = g.options.knows(user, form.Get("password"))
	case "refresh_token":
		user, ok = g.tokens.refreshUser(form.Get("refresh_token"))
	default:
		return "", &tokenError{http.StatusBadRequest, "unsupported_grant_type", grant}
	}
	if !ok {
		return "", &tokenError{http.StatusUnauthorized, "invalid_grant", "wrong credentials"}
	}
	return user, nil
}

// issue makes a token for as much of what is asked for as the user may have. What is not granted is
// left out without a word, as by real token servers; a malformed scope is an error here.
func (g *Registry) issue(user string, params url.Values) (map[string]any, *tokenError) {
	if got := params.Get("service"); got != service {
		return nil, &tokenError{http.StatusBadRequest, "invalid_request", "unknown service: " + got}
	}
	granted := map[access]bool{}
	var given []string
	for _, scope := range strings.Fields(strings.Join(params["scope"], " ")) {
		wants, ok := parseScope(scope)
		if !ok {
			return nil, &tokenError{http.StatusBadRequest, "invalid_scope", scope}
		}
		wants = slices.DeleteFunc(wants, func(a access) bool { return !g.options.grants(user, a) })
		for _, a := range wants {
			granted[a] = true
		}
		given = append(given, scopes(wants)...)
	}
	now := g.options.Now()
	return map[string]any{
		"access_token": g.tokens.issue(granted, now.Add(g.options.TokenLife)),
		"expires_in":   int(g.options.TokenLife.Seconds()),
		"issued_at":    now.UTC().Format(time.RFC3339),
		"scope":        strings.Join(given, " "),
	}, nil
}

// grants reports whether a user is given an access. No action stands for others: distribution's "*"
// is not among those that a registry asks for.
func (o Options) grants(user string, a access) bool {
	return (a.action == Pull || a.action == Push || a.action == Delete) && o.may(user, a.repository, a.action)
}
