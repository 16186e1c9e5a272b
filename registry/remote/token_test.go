package remote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	secrets "github.com/manifest-tool/manifest-tool/internal/output/mask"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

func TestOneTokenForAll(t *testing.T) {
	server := registrytest.New(t, tokenAuth)
	blob := blobOf(t, server, "a")
	server.Push(t, "b", "latest", registrytest.Image{}.Build())
	repositories := open(t, Options{Credentials: login}, server.Host(), "target", "a", "b")
	var group sync.WaitGroup
	for _, r := range repositories[1:] {
		group.Go(func() {
			if _, err := r.Manifest(t.Context(), tag("latest")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	transfer, err := repositories[0].PutBlob(t.Context(), blob, repositories[1])
	if err != nil || transfer != registry.Mounted {
		t.Errorf("PutBlob: %v, %v", transfer, err)
	}
	tokens := slices.DeleteFunc(server.Requests(), func(r registrytest.Request) bool { return !isToken(r) })
	if len(tokens) != 1 {
		t.Fatalf("%d tokens were asked for, not one: %v", len(tokens), tokens)
	}
	got := strings.Join(tokens[0].Query["scope"], " ")
	for _, want := range []string{"repository:target:push,pull", "repository:a:pull", "repository:b:pull"} {
		if !strings.Contains(got, want) {
			t.Errorf("the token is asked for %q, without %s", got, want)
		}
	}
	if n := count(server, func(r registrytest.Request) bool { return r.Path == "/v2/" }); n != 0 {
		t.Errorf("%d pings", n)
	}
	if n := count(server, func(r registrytest.Request) bool { return r.Status == http.StatusUnauthorized }); n != 1 {
		t.Errorf("%d requests were refused, not just the first", n)
	}
}

func TestTokenIsRenewed(t *testing.T) {
	var offset atomic.Int64
	o := tokenAuth
	o.TokenLife = time.Hour
	o.Now = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	server := registrytest.New(t, o)
	server.Push(t, "a", "latest", registrytest.Image{}.Build())
	r := open(t, Options{Credentials: login}, server.Host(), "a")[0]
	for range 2 {
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				if _, err := r.Describe(t.Context(), tag("latest")); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		offset.Add(int64(2 * time.Hour)) // expires for the registry, though we think it is good
	}
	if n := count(server, isToken); n != 2 {
		t.Errorf("%d tokens, want one at first and one when it expired", n)
	}
}

func TestTokenIsRenewedBeforeItExpires(t *testing.T) {
	o := tokenAuth
	o.TokenLife = time.Second
	server := registrytest.New(t, o)
	server.Push(t, "a", "latest", registrytest.Image{}.Build())
	r := open(t, Options{Credentials: login}, server.Host(), "a")[0]
	for range 2 {
		if _, err := r.Describe(t.Context(), tag("latest")); err != nil {
			t.Error(err)
		}
		time.Sleep(600 * time.Millisecond)
	}
	if n := count(server, func(r registrytest.Request) bool { return r.Status == http.StatusUnauthorized }); n != 1 {
		t.Errorf("%d requests were refused; the old token should not be sent any more", n)
	}
}

// A token server that gives what was asked for last, as GitLab's once did.
func TestTokenForEachRepository(t *testing.T) {
	server := registrytest.New(t, tokenAuth)
	for _, repository := range []string{"target", "a", "b"} {
		server.Push(t, repository, "latest", registrytest.Image{}.Build())
	}
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/token" {
			query := r.URL.Query()
			scopes := strings.Fields(strings.Join(query["scope"], " "))
			query["scope"] = scopes[len(scopes)-1:]
			r.URL.RawQuery = query.Encode()
		}
		return false
	})
	for _, r := range open(t, Options{Credentials: login}, server.Host(), "target", "a", "b") {
		if _, err := r.Manifest(t.Context(), tag("latest")); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

func TestDenied(t *testing.T) {
	o := tokenAuth
	o.Allow = func(_, repository, action string) bool { return repository == "mine" }
	server := registrytest.New(t, o)
	wrong := func(context.Context, name.Repository) (Credential, error) {
		return Credential{authn.AuthConfig{Username: "ci", Password: password + "x"}, "the login of ci"}, nil
	}
	tests := []struct {
		name, repository string
		credentials      func(context.Context, name.Repository) (Credential, error)
		text             string
	}{
		{"no credential", "mine", nil, "no credential found for this registry"},
		{"wrong password", "mine", wrong, "rejects the login of ci"},
		{"not allowed", "theirs", login, "(with the login of ci)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := open(t, Options{Credentials: test.credentials}, server.Host(), test.repository)[0]
			server.ResetRequests()
			_, err := r.Manifest(t.Context(), tag("latest"))
			if !errors.Is(err, registry.ErrDenied) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("error %v, want %q", err, test.text)
			}
			if strings.Contains(err.Error(), password) {
				t.Errorf("the password is in the error: %v", err)
			}
			if n := len(server.Requests()); n > 6 {
				t.Errorf("%d requests to find that out", n)
			}
		})
	}
}

// The token goes to the registry, the password to its token server, and nothing to anybody else.
func TestSecretsStayHome(t *testing.T) {
	elsewhere := registrytest.New(t, registrytest.Options{})
	blob := blobOf(t, elsewhere, "a")
	server := registrytest.New(t, tokenAuth)
	server.Push(t, "a", "latest", registrytest.Image{}.Build())
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, blob.Digest.Hex) && r.Header.Get("Authorization") != "" {
			http.Redirect(w, r, elsewhere.URL()+r.URL.Path, http.StatusTemporaryRedirect)
			return true
		}
		return false
	})
	var exchanges []string
	var mu sync.Mutex
	o := Options{Credentials: login, Trace: func(e Exchange) {
		mu.Lock()
		defer mu.Unlock()
		exchanges = append(exchanges, e.Method+" "+e.URL)
	}}
	r := open(t, o, server.Host(), "a")[0]
	body, err := r.Blob(t.Context(), blob)
	if err != nil {
		t.Fatal(err)
	}
	body.Close()
	for _, request := range elsewhere.Requests() {
		if request.Authorized {
			t.Errorf("%s was sent credentials", request)
		}
	}
	if len(elsewhere.Requests()) == 0 {
		t.Error("the redirect was not followed")
	}
	for _, e := range exchanges {
		if strings.Contains(e, "?") || strings.Contains(e, url.QueryEscape(password)) {
			t.Errorf("the trace shows %s", e)
		}
	}
}

func TestIdentityToken(t *testing.T) {
	server := registrytest.New(t, tokenAuth)
	server.Push(t, "a", "latest", registrytest.Image{}.Build())
	var form url.Values
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/token" && r.Method == http.MethodPost {
			r.ParseForm()
			form = r.PostForm
			w.Write([]byte(`{"access_token":"x"}`))
			return true
		}
		return false
	})
	r := open(t, Options{Credentials: func(context.Context, name.Repository) (Credential, error) {
		return Credential{AuthConfig: authn.AuthConfig{IdentityToken: "CANARY-IDENTITY"}}, nil
	}}, server.Host(), "a")[0]
	_, err := r.Manifest(t.Context(), tag("latest"))
	if form.Get("refresh_token") != "CANARY-IDENTITY" || form.Get("grant_type") != "refresh_token" {
		t.Errorf("the token server got %v (%v)", form, err)
	}
	if err == nil || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("error: %v", err)
	}
}

// A token server that refuses has its error told, but nothing that may be a token.
func TestWordsOfTokenServer(t *testing.T) {
	const secret = "gho_16C7e42F292c6912E7710c838347Ae178B4a"
	for _, test := range []struct {
		body, want string
		reason     refusal.Reason
	}{
		{`{"errors":[{"code":"UNAUTHORIZED","message":"your token has expired"}]}`, ": UNAUTHORIZED: your token has expired (the token server rejects the login of ci)", refusal.Expired},
		{`{"error":"invalid_grant","error_description":"the password is wrong"}`, ": invalid_grant: the password is wrong (the token server rejects the login of ci)", refusal.NoReason},
		{`{"details":"incorrect username or password"}`, ": incorrect username or password (the token server rejects the login of ci)", refusal.NoReason},
		{`{"errors":[{"code":"DENIED","message":"no to ` + secret + ` and ` + password + `","detail":"` + secret + `"}]}`, ": DENIED: no to *** and *** (the token server rejects the login of ci)", refusal.NoReason},
		{`{"token":"` + secret + `"}`, ": the token server rejects the login of ci", refusal.NoReason},
		{secret, ": the token server rejects the login of ci", refusal.NoReason},
		{"<html><title>" + secret + "</title></html>", ": the token server rejects the login of ci", refusal.NoReason},
		{"", ": the token server rejects the login of ci", refusal.NoReason},
	} {
		server := registrytest.New(t, tokenAuth)
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/token" {
				w.WriteHeader(http.StatusForbidden)
				io.WriteString(w, test.body)
			}
			return r.URL.Path == "/token"
		})
		_, err := open(t, Options{Credentials: login, Secrets: &secrets.Mask{}}, server.Host(), "a")[0].Manifest(t.Context(), tag("x"))
		if err == nil || !strings.HasSuffix(err.Error(), "403 Forbidden"+test.want) || ReasonOf(err) != test.reason {
			t.Errorf("%s: reason %q: %v", test.body, ReasonOf(err), err)
		}
	}
}
