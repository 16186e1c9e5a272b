package remote

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-containerregistry/pkg/name"

	secrets "github.com/manifest-tool/manifest-tool/internal/output/mask"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/network"
)

func TestChallengeOf(t *testing.T) {
	bearer := map[string]string{"realm": "https://a.test/token", "service": "s"}
	tests := []struct {
		headers []string
		scheme  string
		params  map[string]string
	}{
		{nil, "", nil},
		{[]string{`Bearer realm="https://a.test/token",service="s"`}, "bearer", bearer},
		{[]string{`BEARER  Realm = "https://a.test/token" , service=s`}, "bearer", bearer},
		{[]string{`Bearer realm=https://a.test/token,service=s`}, "bearer", bearer},
		{[]string{`Bearer realm="https:\/\/a.test/token", service="s"`}, "bearer", bearer},
		{[]string{`Basic realm="x"`, `Bearer realm="https://a.test/token",service="s"`}, "bearer", bearer},
		{[]string{`Bearer realm="https://a.test/token",service="s"`, `Basic realm="x"`}, "bearer", bearer},
		{[]string{`Basic realm="a, b", Bearer realm="https://a.test/token",service="s"`}, "bearer", bearer},
		{[]string{`Negotiate`, `Basic realm="x"`}, "basic", map[string]string{"realm": "x"}},
		{[]string{`Negotiate YWJj==, Basic realm=x`}, "basic", map[string]string{"realm": "x"}},
		{[]string{`Basic`}, "basic", map[string]string{}},
		{[]string{`Negotiate abc=`}, "negotiate", map[string]string{}},
		{[]string{`Bearer realm="https://a.test",realm="https://b.test"`}, "", nil},
		{[]string{`Bearer realm="https://a.test`}, "bearer", map[string]string{"realm": "https://a.test"}},
		{[]string{`=x`, `"`, `,,,`}, "", nil},
	}
	for _, test := range tests {
		got := challengeOf(http.Header{"Www-Authenticate": test.headers})
		if got.scheme != test.scheme || !reflect.DeepEqual(got.params, test.params) {
			t.Errorf("%q: %q, not %q %q", test.headers, got, test.scheme, test.params)
		}
	}
}

// F44: who may be the token server of a registry.
func TestRealm(t *testing.T) {
	tests := []struct {
		registry, scheme, realm string
		unverified              bool
		allowed                 string
		ok                      bool
	}{
		{"reg.test", "https", "https://reg.test/token", false, "", true},
		{"reg.test", "https", "https://auth.other.test/token", false, "", true},
		{"reg.test", "https", "https://10.0.0.1:8443/token", false, "", true}, // where it is, is judged when it is dialled
		{"reg.test", "https", "http://reg.test/token", false, "", false},
		{"reg.test", "https", "http://reg.test/token", false, "reg.test", false},
		{"reg.test", "https", "ftp://reg.test/token", false, "", false},
		{"reg.test", "https", "https://me:pw@reg.test/token", false, "", false},
		{"reg.test", "https", "https:///token", false, "", false},
		{"reg.test", "https", "/token", false, "", false},
		{"reg.test", "https", "", false, "", false},
		{"reg.test", "https", "https:reg.test", false, "", false},
		{"reg.test", "https", "https://auth.test/token", true, "", false},
		{"reg.test", "https", "https://auth.test/token", true, "auth.test", true},
		{"reg.test", "https", "https://auth.test:8443/token", true, "auth.test", false},
		{"reg.test:5000", "https", "https://REG.test:5001/token", true, "", true},
		{"reg.test", "http", "http://auth.test/token", false, "", false},
		{"reg.test", "http", "https://auth.test/token", false, "", false},
		{"reg.test", "http", "https://sub.reg.test/token", false, "", false},
		{"reg.test", "http", "http://auth.test/token", false, "auth.test", true},
		{"reg.test", "http", "http://reg.test:5001/token", false, "", true},
		{"localhost:5000", "http", "http://127.0.0.1:5001/token", false, "", true},
		{"[::1]:5000", "http", "http://localhost:5001/token", false, "", true},
		{"localhost:5000", "http", "http://auth.test/token", false, "", false},
	}
	for _, test := range tests {
		h := newHost(mustRegistry(t, test.registry), Options{Jobs: 2, Reach: network.ReachOf, AllowRealms: []string{test.allowed}})
		h.setScheme(test.scheme)
		h.network.Unverified.Store(test.unverified)
		u, err := h.realm(challenge{"bearer", map[string]string{"realm": test.realm}})
		switch {
		case test.ok && (err != nil || u.String() != test.realm):
			t.Errorf("%+v: %v", test, err)
		case !test.ok && !errors.Is(err, registry.ErrUnverified) && !errors.Is(err, registry.ErrDenied):
			t.Errorf("%+v: error %v", test, err)
		}
		if err != nil && strings.Contains(err.Error(), "pw@") {
			t.Errorf("the error shows a password: %v", err)
		}
	}
}

// A registry that nobody vouches for gets no login carried to somewhere else.
func TestForeignRealm(t *testing.T) {
	evil, stolen := thief(t)
	elsewhere := strings.Replace(evil, "localhost", "auth.test", 1)
	names := names("127.0.0.1")
	challenge := func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Www-Authenticate", `Bearer realm="`+elsewhere+`/token",service="s"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	server := registrytest.New(t, registrytest.Options{})
	server.Intercept(challenge)
	at, _ := url.Parse(elsewhere)
	_, err := open(t, Options{Credentials: login, Resolver: names}, server.Host(), "a")[0].Manifest(t.Context(), tag("x"))
	if !errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), "--allow-realm "+at.Host) {
		t.Errorf("error %v", err)
	}
	if got := stolen(); got != "" {
		t.Errorf("somebody else was sent:\n%s", got)
	}
	_, err = open(t, Options{Credentials: login, Resolver: names, AllowRealms: []string{at.Host}}, server.Host(), "a")[0].Manifest(t.Context(), tag("x"))
	if stolen() == "" {
		t.Errorf("--allow-realm does not help: %v", err)
	}
}

// What a registry asks for in a way that we do not know gets nothing.
func TestOddChallenges(t *testing.T) {
	for header, want := range map[string]string{
		"Negotiate":                            "a login with negotiate",
		`Digest realm="x",nonce="y"`:           "a login with digest",
		`Bearer service="s"`:                   "no valid URL of a token server",
		`Bearer realm="",service="s"`:          "no valid URL of a token server",
		`Bearer realm="%zz"`:                   "no valid URL of a token server",
		strings.Repeat("x", network.MaxHeader): "http: server response headers exceeded",
	} {
		server := registrytest.New(t, registrytest.Options{})
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("Authorization") != "" {
				t.Errorf("%.80s: answered with a login", header)
			}
			w.Header().Set("Www-Authenticate", header)
			w.WriteHeader(http.StatusUnauthorized)
			return true
		})
		_, err := open(t, Options{Credentials: login}, server.Host(), "a")[0].Manifest(t.Context(), tag("x"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %v", header, err)
		}
	}
}

func FuzzChallenge(f *testing.F) {
	f.Add(`Bearer realm="https://a.test/token",service="s",scope="repository:a:pull"`)
	f.Add(`Negotiate YWJj==, Basic realm=x, Bearer realm=https://u:p@[::1]:5000/t`)
	f.Add(`Bearer realm="\"`)
	secure, plain := fuzzHost("https"), fuzzHost("http")
	f.Fuzz(func(t *testing.T, header string) {
		c := challengeOf(http.Header{"Www-Authenticate": {header}})
		if u, err := secure.realm(c); err == nil && (u.Scheme != "https" || u.Host == "" || u.User != nil) {
			t.Errorf("%q leads from https to %s", header, u)
		}
		if u, err := plain.realm(c); err == nil && !strings.EqualFold(u.Hostname(), "reg.test") {
			t.Errorf("%q leads from an unknown server to %s", header, u)
		}
	})
}

func fuzzHost(scheme string) *host {
	registry, err := name.NewRegistry("reg.test")
	if err != nil {
		panic(err)
	}
	h := newHost(registry, Options{Jobs: 2, Reach: network.ReachOf})
	h.setScheme(scheme)
	return h
}

// Wherever an upload or a redirect leads to, it is not less protected, and no write leaves its place.
func FuzzLocation(f *testing.F) {
	for _, seed := range []string{"", "x", "/x?y#z", "//other.test/x", "http://reg.test/", "HTTPS://U:P@reg.test:443/%2f", "javascript:alert(1)", "https:reg.test", "?_state=%2F+"} {
		f.Add(seed)
	}
	h := fuzzHost("https")
	at, _ := url.Parse("https://reg.test/v2/a/blobs/uploads/")
	f.Fuzz(func(t *testing.T, location string) {
		r := &Repository{client: &client{host: h}, name: mustRepository("reg.test/a")}
		resp := &http.Response{Header: http.Header{"Location": {location}}}
		if u, err := r.uploadURL(r.request(http.MethodPost, "/blobs/uploads/"), resp); err == nil && (u.Scheme != "https" || u.Hostname() == "") {
			t.Errorf("an upload to %q goes to %s", location, u)
		}
		next, err := at.Parse(location)
		if err != nil {
			return
		}
		if allowed(http.MethodGet, 307, at, next) == nil && next.Scheme != "https" {
			t.Errorf("a read of %q goes to %s", location, next)
		}
		if allowed(http.MethodPut, 307, at, next) == nil && origin(next) != "https://reg.test:443" || allowed(http.MethodPut, 302, at, next) == nil {
			t.Errorf("a write to %q goes to %s", location, next)
		}
	})
}

// A registry's words are shown short, in one line, and without what it was sent.
func FuzzErrorBody(f *testing.F) {
	f.Add("application/json", []byte(`{"errors":[{"code":"DENIED","message":"no `+password+`"}]}`), 403)
	f.Add("text/plain", []byte("Bearer "+password), 500)
	f.Add("", []byte("<html>"+password), 404)
	f.Add("", []byte("<Error><Code>"+password+"</Code><Message>x</Message></Error>"), 403)
	f.Add("", []byte(`{"errors":[{"code":"DENIED","detail":{"a":["`+password+`"],"b":{"c":1}}}]}`), 403)
	f.Add("", []byte(`{"error":{"error":{"message":"`+password+`"}}}`), 400)
	f.Fuzz(func(t *testing.T, kind string, body []byte, status int) {
		h := fuzzHost("https")
		h.mask = newMask(&secrets.Mask{})
		h.mask.add("ci", password)
		r := &Repository{client: &client{host: h}, name: mustRepository("reg.test/a")}
		at := &http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "https", Host: "reg.test"}}
		resp := &http.Response{Request: at, StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(bytes.NewReader(body))}
		text := r.client.responseError(r.request(http.MethodGet, "/manifests/x"), resp).Error()
		if strings.Contains(text, password) || len(text) > 8000 || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%q is told as %q", body, text)
		}
	})
}

func mustRepository(s string) name.Repository {
	r, err := name.NewRepository(s)
	if err != nil {
		panic(err)
	}
	return r
}
