package remote

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// A question that leads to another host is asked once, whatever that host answers. The registry is not left
// alone because of that host, and one warning names both.
func TestReferrersElsewhere(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"429": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "30"); w.WriteHeader(429) },
		"500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"404": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) },
		"page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Write([]byte("<html>"))
		},
		"nothing":  func(http.ResponseWriter, *http.Request) {},
		"hang up":  hangUpHandler,
		"a circle": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				answer(w, r)
			}))
			defer other.Close()
			server := registrytest.New(t, registrytest.Options{})
			server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/referrers/") {
					return false
				}
				http.Redirect(w, r, other.URL+"/list", http.StatusTemporaryRedirect)
				return true
			})
			var warned []string
			app := open(t, Options{Warn: func(text string) { warned = append(warned, text) }}, server.Host(), "app")[0]
			start := time.Now()
			for _, subject := range []string{"a", "b"} {
				if list, err := app.Referrers(t.Context(), registry.DigestOf([]byte(subject))); !errors.Is(err, registry.ErrNotFound) {
					t.Errorf("it lists %v, %v", list, err)
				}
			}
			if _, err := app.Describe(t.Context(), registry.Ref{Tag: "1.0"}); !errors.Is(err, registry.ErrNotFound) {
				t.Error(err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
			if n := asked.Load(); n > 2 && name != "a circle" {
				t.Errorf("the other host is asked %d times", n)
			}
			if len(warned) != 1 || !strings.Contains(warned[0], server.Host()) || !strings.Contains(warned[0], strings.TrimPrefix(other.URL, "http://")) {
				t.Errorf("it warns %q", warned)
			}
		})
	}
}

func hangUpHandler(w http.ResponseWriter, _ *http.Request) { hangUp(w) }

// A 401 that asks for nothing, from a registry that has let us in, is no answer of a registry with referrers.
// One that asks for a login is.
func TestReferrersUnauthorized(t *testing.T) {
	for challenge, class := range map[string]error{"": registry.ErrNotFound, `Basic realm="x"`: registry.ErrDenied, "Negotiate": registry.ErrDenied} {
		for _, o := range []registrytest.Options{{}, tokenAuth} {
			server := registrytest.New(t, o)
			server.Push(t, "app", "1.0", registrytest.Image{}.Build())
			server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/referrers/") {
					return false
				}
				if challenge != "" {
					w.Header().Set("WWW-Authenticate", challenge)
				}
				w.WriteHeader(http.StatusUnauthorized)
				return true
			})
			options := Options{}
			if o.Users != nil {
				options.Credentials = login
			}
			app := open(t, options, server.Host(), "app")[0]
			if _, err := app.Describe(t.Context(), registry.Ref{Tag: "1.0"}); err != nil {
				t.Fatal(err)
			}
			if _, err := app.Referrers(t.Context(), registry.DigestOf(nil)); !errors.Is(err, class) || class == registry.ErrDenied && errors.Is(err, registry.ErrNotFound) {
				t.Errorf("challenge %q: %v", challenge, err)
			}
		}
	}
}
