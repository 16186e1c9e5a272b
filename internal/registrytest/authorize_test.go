package registrytest

import (
	"encoding/base64"
	"strings"
	"testing"
)

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// guarded is a registry on which ann may do everything, bob may pull from app and do all with his own,
// and anybody may pull from public.
func guarded(o Options) Options {
	o.Users = map[string]string{"ann": "secret", "bob": "b:ob"}
	o.Allow = func(user, repository, action string) bool {
		return user == "ann" || repository == "bob" || repository == "app" && action == Pull
	}
	o.Public = []string{"public"}
	return o
}

func TestBasicAuth(t *testing.T) {
	srv := New(t, guarded(Options{Auth: BasicAuth, AllowDelete: true}))
	digest := digestOf(blob)
	for _, repository := range []string{"app", "secret", "public"} {
		if err := srv.store.putBlob(repository, digest, blob); err != nil {
			t.Fatal(err)
		}
	}
	ann, bob := basic("ann", "secret"), basic("bob", "b:ob")
	for _, tc := range []struct {
		name, method, path, authorization string
		status                            int
	}{
		{"ping", "GET", "/v2/", bob, 200},
		{"ping by nobody", "GET", "/v2/", "", 401},
		{"wrong password", "GET", "/v2/", basic("ann", "b:ob"), 401},
		{"unknown user", "GET", "/v2/", basic("eve", ""), 401},
		{"no user", "GET", "/v2/", basic("", ""), 401},
		{"token", "GET", "/v2/", "Bearer x", 401},
		{"pull", "GET", "/v2/app/blobs/" + digest, bob, 200},
		{"pull by nobody", "GET", "/v2/app/blobs/" + digest, "", 401},
		{"pull of a secret", "GET", "/v2/secret/blobs/" + digest, bob, 403},
		{"public", "GET", "/v2/public/blobs/" + digest, "", 200},
		{"public with wrong password", "GET", "/v2/public/blobs/" + digest, basic("ann", ""), 401},
		{"public with a token", "GET", "/v2/public/blobs/" + digest, "Bearer x", 401},
		{"push to public by nobody", "POST", "/v2/public/blobs/uploads/", "", 401},
		{"push", "POST", "/v2/app/blobs/uploads/", ann, 202},
		{"push without right", "POST", "/v2/app/blobs/uploads/", bob, 403},
		{"delete without right", "DELETE", "/v2/app/blobs/" + digest, bob, 403},
		{"mount", "POST", "/v2/bob/blobs/uploads/?from=app&mount=" + digest, bob, 201},
		{"mount of a secret", "POST", "/v2/bob/blobs/uploads/?from=secret&mount=" + digest, bob, 202},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var headers []string
			if tc.authorization != "" {
				headers = []string{"Authorization", tc.authorization}
			}
			a := ask(t, srv, tc.method, tc.path, nil, headers...)
			code, challenge := map[int]string{401: "UNAUTHORIZED", 403: "DENIED"}[tc.status], ""
			if tc.status == 401 {
				challenge = `Basic realm="registrytest"`
			}
			expect(t, a, tc.status, code)
			equal(t, "challenge", a.header.Get("Www-Authenticate"), challenge)
		})
	}
}

func TestTokenAuth(t *testing.T) {
	srv := New(t, guarded(Options{Auth: TokenAuth, AllowDelete: true}))
	digest := digestOf(blob)
	if err := srv.store.putBlob("app", digest, blob); err != nil {
		t.Fatal(err)
	}
	ann := func(scopes ...string) string { return "Bearer " + getToken(t, srv, basic("ann", "secret"), scopes...) }
	const uploads = "/v2/x/blobs/uploads/"
	for _, tc := range []struct {
		name, method, path, authorization string
		status                            int
		problem, scope                    string // in the challenge
	}{
		{"ping", "GET", "/v2/", ann(), 200, "", ""},
		{"ping without token", "GET", "/v2/", "", 401, "", ""},
		{"ping with password", "GET", "/v2/", basic("ann", "secret"), 401, "", ""},
		{"ping with another token", "GET", "/v2/", "Bearer x", 401, "invalid_token", ""},
		{"pull", "HEAD", "/v2/app/blobs/" + digest, ann("repository:app:pull"), 200, "", ""},
		{"pull without token", "GET", "/v2/app/blobs/" + digest, "", 401, "", "repository:app:pull"},
		{"pull without scope", "GET", "/v2/app/blobs/" + digest, ann(), 401, "insufficient_scope", "repository:app:pull"},
		{"pull with scope for another", "GET", "/v2/app/blobs/" + digest, ann("repository:x:pull,push"), 401, "insufficient_scope", "repository:app:pull"},
		{"push", "POST", uploads, ann("repository:x:pull,push"), 202, "", ""},
		{"push with push alone", "POST", uploads, ann("repository:x:push"), 401, "insufficient_scope", "repository:x:pull,push"},
		{"push with pull alone", "POST", uploads, ann("repository:x:pull"), 401, "insufficient_scope", "repository:x:pull,push"},
		{"PUT with pull alone", "PUT", "/v2/x/manifests/a", ann("repository:x:pull"), 401, "insufficient_scope", "repository:x:pull,push"},
		{"PATCH with pull alone", "PATCH", uploads + "1", ann("repository:x:pull"), 401, "insufficient_scope", "repository:x:pull,push"},
		{"delete", "DELETE", "/v2/x/blobs/" + digest, ann("repository:x:delete"), 404, "", ""},
		{"delete with push", "DELETE", "/v2/x/blobs/" + digest, ann("repository:x:pull,push"), 401, "insufficient_scope", "repository:x:delete"},
		{"give up with push", "DELETE", uploads + "1", ann("repository:x:pull,push"), 401, "insufficient_scope", "repository:x:delete"},
		{"mount", "POST", uploads + "?from=app&mount=" + digest, ann("repository:x:pull,push", "repository:app:pull"), 201, "", ""},
		{"mount without scope", "POST", uploads + "?from=app&mount=" + digest, ann("repository:x:pull,push"), 401, "insufficient_scope", "repository:x:pull,push repository:app:pull"},
		{"mount from nonsense", "POST", uploads + "?from=A&mount=" + digest, ann("repository:x:pull,push"), 202, "", ""},
		{"public without token", "GET", "/v2/public/tags/list", "", 401, "", "repository:public:pull"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var headers []string
			if tc.authorization != "" {
				headers = []string{"Authorization", tc.authorization}
			}
			a := ask(t, srv, tc.method, tc.path, nil, headers...)
			equal(t, "status", a.status, tc.status)
			want := ""
			if tc.status == 401 {
				equal(t, "code", a.code(), "UNAUTHORIZED")
				want = `Bearer realm="` + srv.URL() + `/token",service="registrytest"`
				if tc.scope != "" {
					want += `,scope="` + tc.scope + `"`
				}
				if tc.problem != "" {
					want += `,error="` + tc.problem + `"`
				}
			}
			equal(t, "challenge", a.header.Get("Www-Authenticate"), want)
		})
	}
}

func TestRealm(t *testing.T) {
	srv := New(t, Options{Auth: TokenAuth, Realm: "https://auth.example.com/t", TLS: true})
	a := expect(t, ask(t, srv, "GET", "/v2/", nil), 401, "UNAUTHORIZED")
	equal(t, "challenge", a.header.Get("Www-Authenticate"), `Bearer realm="https://auth.example.com/t",service="registrytest"`)

	srv = New(t, Options{Auth: TokenAuth, TLS: true})
	a = expect(t, ask(t, srv, "GET", "/v2/", nil), 401, "UNAUTHORIZED")
	if c := a.header.Get("Www-Authenticate"); !strings.Contains(c, `realm="https://`+srv.Host()+`/token"`) {
		t.Errorf("challenge %s", c)
	}
}
