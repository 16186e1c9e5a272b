package remote

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

func examine(t *testing.T, o Options, host, repository string) (Examination, error) {
	t.Helper()
	r, err := name.NewRepository(host + "/" + repository)
	if err != nil {
		t.Fatal(err)
	}
	o.Backoff = time.Millisecond
	session := NewSession([]Use{{Repository: r}}, o)
	defer session.Close()
	return session.Examine(t.Context(), r, tag("latest"))
}

// jwt is a token as distribution's servers make them, without a signature.
func jwt(claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(claims)) + "." + registrytest.Canary
}

func TestActions(t *testing.T) {
	both, none := "repository:a/b:push,pull repository:c:delete", ""
	tests := []struct {
		name  string
		token token
		want  []string
		told  bool
	}{
		{"scope", token{secret: "x", scope: &both}, []string{"pull", "push"}, true},
		{"scope without anything", token{secret: "x", scope: &none}, nil, true},
		{"opaque", token{secret: "x"}, nil, false},
		{"JWT", token{secret: jwt(`{"access":[{"type":"repository","name":"a/b","actions":["pull"]},{"type":"repository","name":"c","actions":["push"]}]}`)}, []string{"pull"}, true},
		{"JWT twice", token{secret: jwt(`{"access":[{"type":"repository","name":"a/b","actions":["push","pull"]},{"type":"repository","name":"a/b","actions":["pull"]}]}`)}, []string{"pull", "push"}, true},
		{"JWT that grants nothing", token{secret: jwt(`{"access":[]}`)}, nil, true},
		{"JWT of another kind", token{secret: jwt(`{"sub":"me"}`)}, nil, false},
		{"JWT with other words", token{secret: jwt(`{"access":"all"}`)}, nil, false},
		{"no JSON", token{secret: jwt(`x`)}, nil, false},
		{"no base64", token{secret: "a.%.c"}, nil, false},
	}
	for _, tt := range tests {
		if got, told := tt.token.actions("a/b"); !slices.Equal(got, tt.want) || told != tt.told {
			t.Errorf("%s: %q, %v; want %q, %v", tt.name, got, told, tt.want, tt.told)
		}
	}
}

func FuzzActions(f *testing.F) {
	f.Add(jwt(`{"access":[{"type":"repository","name":"a","actions":["pull"]}]}`), "repository:a:pull")
	f.Add("a.b.c", "repository:a:")
	f.Fuzz(func(t *testing.T, secret, scope string) {
		for _, tok := range []token{{secret: secret}, {secret: secret, scope: &scope}} {
			if got, told := tok.actions("a"); len(got) > 10 || len(got) > 0 && !told {
				t.Errorf("%q, %v", got, told)
			}
		}
	})
}

func TestExamine(t *testing.T) {
	readOnly := tokenAuth
	readOnly.Allow = func(_, _, action string) bool { return action == registrytest.Pull }
	tests := []struct {
		name       string
		options    registrytest.Options
		repository string
		login      string
		pull, push []string
		read       error
	}{
		{"open", registrytest.Options{}, "a", "none", nil, nil, nil},
		{"basic", registrytest.Options{Auth: registrytest.BasicAuth, Users: tokenAuth.Users}, "a", "basic", nil, nil, nil},
		{"token", tokenAuth, "a", "bearer", []string{"pull"}, []string{"pull", "push"}, nil},
		{"token that only reads", readOnly, "a", "bearer", []string{"pull"}, []string{"pull"}, nil},
		{"nothing there", tokenAuth, "new", "bearer", []string{"pull"}, []string{"pull", "push"}, registry.ErrNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := registrytest.New(t, tt.options)
			image := registrytest.Image{}.Build()
			server.Push(t, "a", "latest", image)
			server.ResetRequests()
			e, err := examine(t, Options{Credentials: login}, server.Host(), tt.repository)
			if err != nil {
				t.Fatal(err)
			}
			if e.Login != tt.login || e.Scheme != "http" || !slices.Equal(e.Pull.Actions, tt.pull) || !slices.Equal(e.Push.Actions, tt.push) {
				t.Errorf("found %+v", e)
			}
			if !errors.Is(e.Read, tt.read) || tt.read == nil && (e.Tags != nil || e.Image.Digest.String() != image.Digest) {
				t.Errorf("found %+v", e)
			}
			if want := server.URL() + "/token"; e.Login == "bearer" && (e.Realm != want || e.Service != "registrytest") {
				t.Errorf("the realm is %q of %q, want %q", e.Realm, e.Service, want)
			}
			for _, r := range server.Requests() {
				if r.Method != http.MethodGet && r.Method != http.MethodHead {
					t.Errorf("it does not only read: %s", r)
				}
			}
		})
	}
}

// A wrong password is tried as seldom as can be: accounts get locked.
func TestExamineDenied(t *testing.T) {
	for _, auth := range []registrytest.Auth{registrytest.BasicAuth, registrytest.TokenAuth} {
		server := registrytest.New(t, registrytest.Options{Auth: auth, Users: map[string]string{"ci": "another"}})
		e, err := examine(t, Options{Credentials: login}, server.Host(), "a")
		if err != nil || !errors.Is(e.Read, registry.ErrDenied) || strings.Contains(fmt.Sprintf("%+v", e), password) {
			t.Fatalf("found %+v, %v", e, err)
		}
		tried := count(server, func(r registrytest.Request) bool { return r.Authorized })
		if tried > 2 {
			t.Errorf("a wrong password was sent %d times", tried)
		}
	}
	if _, err := examine(t, Options{}, "127.0.0.1:1", "a"); !errors.Is(err, registry.ErrUnavailable) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestExamineReferrers(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "a", "latest", registrytest.Image{}.Build())
	for mediaType, want := range map[string]error{"application/vnd.oci.image.index.v1+json; charset=utf-8": nil, "text/html": registry.ErrNotFound} {
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Type", mediaType)
			asked := strings.Contains(r.URL.Path, "/referrers/")
			if asked {
				w.Write([]byte("{}"))
			}
			return asked
		})
		if e, err := examine(t, Options{}, server.Host(), "a"); err != nil || !errors.Is(e.Referrers, want) {
			t.Errorf("%s: %v, %v; want %v", mediaType, e.Referrers, err, want)
		}
	}
	server.Intercept(nil)
	if e, err := examine(t, Options{}, server.Host(), "a"); err != nil || !errors.Is(e.Referrers, registry.ErrNotFound) {
		t.Errorf("no API: %v, %v", e.Referrers, err)
	}
}

// An answer of a token server has an end.
func TestEndlessToken(t *testing.T) {
	server := registrytest.New(t, tokenAuth)
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/token" {
			return false
		}
		for range 100 {
			if _, err := w.Write([]byte(strings.Repeat(" ", 1<<10))); err != nil {
				break
			}
		}
		fmt.Fprintf(w, `{"token":%q}`, registrytest.Secret())
		return true
	})
	_, err := open(t, Options{Credentials: login}, server.Host(), "a")[0].Manifest(t.Context(), tag("latest"))
	if err == nil || !strings.Contains(err.Error(), "larger than the limit of 64 KiB") {
		t.Errorf("error: %v", err)
	}
}
