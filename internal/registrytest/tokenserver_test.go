package registrytest

import (
	"encoding/json"
	"net/url"
	"sync"
	"testing"
	"time"
)

// tokenAnswer is what the token server says.
type tokenAnswer struct {
	Token        string `json:"token"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	ExpiresIn    int    `json:"expires_in"`
	Scope        string `json:"scope"`
	Error        string `json:"error"`
}

func parseToken(t *testing.T, a answer) tokenAnswer {
	t.Helper()
	var parsed tokenAnswer
	if err := json.Unmarshal(a.body, &parsed); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return parsed
}

// getToken asks for a token as most clients do; no authorization means anybody.
func getToken(t *testing.T, srv *Server, authorization string, scopes ...string) string {
	t.Helper()
	var headers []string
	if authorization != "" {
		headers = []string{"Authorization", authorization}
	}
	query := url.Values{"service": {"registrytest"}, "scope": scopes}
	return parseToken(t, ask(t, srv, "GET", "/token?"+query.Encode(), nil, headers...)).Token
}

func TestTokenByGet(t *testing.T) {
	srv := New(t, guarded(Options{Auth: TokenAuth, TokenLife: 90 * time.Second}))
	bob := basic("bob", "b:ob")
	for _, tc := range []struct {
		name, authorization, query string
		status                     int
		scope, problem             string
	}{
		{"several parameters", bob, "scope=repository:bob:pull,push&scope=repository:app:pull", 200, "repository:bob:pull,push repository:app:pull", ""},
		{"one parameter", bob, "scope=repository:bob:pull,push+repository:app:pull", 200, "repository:bob:pull,push repository:app:pull", ""},
		{"no scope", bob, "", 200, "", ""},
		{"push is left out", bob, "scope=repository:app:pull,push", 200, "repository:app:pull", ""},
		{"a repository is left out", bob, "scope=repository:secret:pull&scope=repository:app:pull", 200, "repository:app:pull", ""},
		{"another type", bob, "scope=registry:bob:pull", 200, "", ""},
		{"another action", bob, "scope=repository:bob:*,pull,purge", 200, "repository:bob:pull", ""},
		{"anybody", "", "scope=repository:public:pull,push&scope=repository:app:pull", 200, "repository:public:pull", ""},
		{"wrong password", basic("bob", "bob"), "scope=repository:public:pull", 401, "", "invalid_grant"},
		{"no user", basic("", ""), "scope=repository:public:pull", 401, "", "invalid_grant"},
		{"a token", "Bearer x", "scope=repository:public:pull", 401, "", "invalid_grant"},
		{"no type", bob, "scope=bob:pull", 400, "", "invalid_scope"},
		{"no action", bob, "scope=repository:bob:", 400, "", "invalid_scope"},
		{"malformed name", bob, "scope=repository:Bob:pull", 400, "", "invalid_scope"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var headers []string
			if tc.authorization != "" {
				headers = []string{"Authorization", tc.authorization}
			}
			a := ask(t, srv, "GET", "/token?service=registrytest&"+tc.query, nil, headers...)
			got := parseToken(t, a)
			equal(t, "status", a.status, tc.status)
			equal(t, "scope", got.Scope, tc.scope)
			equal(t, "error", got.Error, tc.problem)
			equal(t, "refresh_token", got.RefreshToken, "")
			if tc.status == 200 {
				equal(t, "expires_in", got.ExpiresIn, 90)
				equal(t, "token", got.Token != "" && got.Token == got.AccessToken, true)
			}
		})
	}
	for _, query := range []string{"", "?service=other"} {
		a := ask(t, srv, "GET", "/token"+query, nil)
		equal(t, "status", a.status, 400)
		equal(t, "error", parseToken(t, a).Error, "invalid_request")
	}
	equal(t, "PUT", ask(t, srv, "PUT", "/token", nil).status, 405)
}

func TestScopesOfAToken(t *testing.T) {
	srv := New(t, guarded(Options{Auth: TokenAuth}))
	authorization := "Bearer " + getToken(t, srv, "", "repository:public:pull,push", "repository:app:pull")
	expect(t, ask(t, srv, "GET", "/v2/public/tags/list", nil, "Authorization", authorization), 404, "NAME_UNKNOWN")
	expect(t, ask(t, srv, "GET", "/v2/app/tags/list", nil, "Authorization", authorization), 401, "UNAUTHORIZED")
	expect(t, ask(t, srv, "POST", "/v2/public/blobs/uploads/", nil, "Authorization", authorization), 401, "UNAUTHORIZED")

	everything := New(t, Options{Auth: TokenAuth, Public: []string{AnyRepository}})
	authorization = "Bearer " + getToken(t, everything, "", "repository:x:pull")
	expect(t, ask(t, everything, "GET", "/v2/x/tags/list", nil, "Authorization", authorization), 404, "NAME_UNKNOWN")
}

func TestTokenByPost(t *testing.T) {
	srv := New(t, guarded(Options{Auth: TokenAuth}))
	const form = "application/x-www-form-urlencoded"
	post := func(contentType string, change ...string) (int, tokenAnswer) {
		values := url.Values{
			"grant_type": {"password"}, "username": {"bob"}, "password": {"b:ob"}, "client_id": {"test"},
			"service": {"registrytest"}, "scope": {"repository:bob:pull,push repository:secret:pull"},
		}
		for i := 0; i < len(change); i += 2 {
			values.Set(change[i], change[i+1])
		}
		a := ask(t, srv, "POST", "/token", []byte(values.Encode()), "Content-Type", contentType)
		return a.status, parseToken(t, a)
	}
	status, got := post(form)
	equal(t, "status", status, 200)
	equal(t, "scope", got.Scope, "repository:bob:pull,push")
	equal(t, "expires_in", got.ExpiresIn, 60)
	equal(t, "refresh_token", got.RefreshToken, "")
	expect(t, ask(t, srv, "POST", "/v2/bob/blobs/uploads/", nil, "Authorization", "Bearer "+got.AccessToken), 202, "")

	_, got = post(form, "access_type", "offline")
	status, got = post(form, "grant_type", "refresh_token", "refresh_token", got.RefreshToken, "password", "")
	equal(t, "status by refresh token", status, 200)
	equal(t, "scope by refresh token", got.Scope, "repository:bob:pull,push")

	for _, tc := range []struct {
		contentType string
		change      []string
		status      int
		problem     string
	}{
		{form, []string{"password", "x"}, 401, "invalid_grant"},
		{form, []string{"grant_type", "refresh_token", "refresh_token", "x"}, 401, "invalid_grant"},
		{form, []string{"grant_type", "refresh_token"}, 401, "invalid_grant"},
		{form, []string{"grant_type", "magic"}, 400, "unsupported_grant_type"},
		{form, []string{"client_id", ""}, 400, "invalid_request"},
		{form, []string{"service", ""}, 400, "invalid_request"},
		{form, []string{"scope", "x"}, 400, "invalid_scope"},
		{"application/json", nil, 400, "invalid_request"},
	} {
		status, got := post(tc.contentType, tc.change...)
		equal(t, "status", status, tc.status)
		equal(t, "error", got.Error, tc.problem)
	}
}

func TestIdentityTokenByGet(t *testing.T) {
	srv := New(t, guarded(Options{Auth: TokenAuth}))
	const path = "/token?service=registrytest&offline_token=true"
	got := parseToken(t, ask(t, srv, "GET", path, nil, "Authorization", basic("bob", "b:ob")))
	equal(t, "refresh_token for bob", got.RefreshToken != "", true)
	got = parseToken(t, ask(t, srv, "GET", path, nil))
	equal(t, "refresh_token for anybody", got.RefreshToken, "")
}

func TestTokensExpire(t *testing.T) {
	var mu sync.Mutex
	now := time.Unix(1_000_000, 0)
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	wait := func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	srv := New(t, guarded(Options{Auth: TokenAuth, Now: clock, TokenLife: time.Second}))
	authorization := "Bearer " + getToken(t, srv, basic("ann", "secret"))
	wait(time.Second - 1)
	expect(t, ask(t, srv, "GET", "/v2/", nil, "Authorization", authorization), 200, "")
	wait(1)
	a := expect(t, ask(t, srv, "GET", "/v2/", nil, "Authorization", authorization), 401, "UNAUTHORIZED")
	equal(t, "challenge", a.header.Get("Www-Authenticate"),
		`Bearer realm="`+srv.URL()+`/token",service="registrytest",error="invalid_token"`)
}
