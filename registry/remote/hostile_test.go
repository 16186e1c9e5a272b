package remote

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	secrets "github.com/manifest-tool/manifest-tool/internal/output/mask"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// thief is a server that asks everybody for a login and writes down what it gets. It goes by a name,
// as addresses are distrusted as token servers anyway.
func thief(t *testing.T) (at string, got func() string) {
	var mu sync.Mutex
	var stolen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		r.ParseForm()
		if secret := r.Header.Get("Authorization") + r.PostForm.Get("refresh_token"); secret != "" {
			stolen = append(stolen, r.Method+" "+r.URL.Path+" "+secret)
		}
		w.Header().Set("Www-Authenticate", `Bearer realm="http://`+r.Host+`/token",service="s",scope="repository:a:pull"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1), func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(stolen, "\n")
	}
}

// A login is for the registry. Whoever it leads to gets none, also if they ask.
func TestOthersGetNoLogin(t *testing.T) {
	evil, stolen := thief(t)
	source := registrytest.New(t, registrytest.Options{})
	blob := blobOf(t, source, "b")
	from := open(t, Options{}, source.Host(), "b")[0]
	tests := map[string]struct {
		method string
		status int
		do     func(*Repository) error
	}{
		"redirect of a read":    {http.MethodGet, http.StatusTemporaryRedirect, func(r *Repository) error { _, err := r.Blob(t.Context(), blob); return err }},
		"place for an upload":   {http.MethodPost, http.StatusAccepted, func(r *Repository) error { _, err := r.PutBlob(t.Context(), blob, from); return err }},
		"redirect of a look-up": {http.MethodHead, http.StatusTemporaryRedirect, func(r *Repository) error { _, err := r.Describe(t.Context(), tag("x")); return err }},
	}
	for name, test := range tests {
		server := registrytest.New(t, tokenAuth)
		answer(server, test.method, redirect(evil+"/x", test.status))
		if err := test.do(open(t, Options{Credentials: login}, server.Host(), "a")[0]); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := stolen(); got != "" {
		t.Errorf("somebody else was sent:\n%s", got)
	}
}

// A token server that redirects is not followed with what is for it alone.
func TestTokenServerRedirects(t *testing.T) {
	evil, stolen := thief(t)
	for _, credential := range []authn.AuthConfig{{IdentityToken: "REFRESH-SECRET"}, {Username: "ci", Password: password}} {
		server := registrytest.New(t, tokenAuth)
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/token" {
				http.Redirect(w, r, evil+"/token", http.StatusTemporaryRedirect)
			}
			return r.URL.Path == "/token"
		})
		r := open(t, Options{Credentials: func(context.Context, name.Repository) (Credential, error) {
			return Credential{AuthConfig: credential}, nil
		}}, server.Host(), "a")[0]
		if _, err := r.Manifest(t.Context(), tag("x")); err == nil {
			t.Error("no error")
		}
	}
	if got := stolen(); got != "" {
		t.Errorf("somebody else was sent:\n%s", got)
	}
}

// A token server that refuses to give one token for several repositories.
func TestTokenServerRefusesSeveral(t *testing.T) {
	for _, status := range []int{400, 401, 403} {
		server := registrytest.New(t, tokenAuth)
		for _, repository := range []string{"a", "b"} {
			server.Push(t, repository, "latest", registrytest.Image{}.Build())
		}
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			several := r.URL.Path == "/token" && len(r.URL.Query()["scope"]) > 1
			if several {
				w.WriteHeader(status)
			}
			return several
		})
		for _, r := range open(t, Options{Credentials: login}, server.Host(), "a", "b") {
			if _, err := r.Manifest(t.Context(), tag("latest")); err != nil {
				t.Errorf("%d: %v", status, err)
			}
		}
	}
}

// Challenges that never end, end.
func TestEndlessChallenges(t *testing.T) {
	server := registrytest.New(t, tokenAuth)
	var n atomic.Int32
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/token" {
			return false
		}
		challenge := `Basic realm="x"`
		if n.Add(1)%2 == 0 {
			challenge = `Bearer realm="` + server.URL() + `/token",service="registrytest"`
		}
		w.Header().Set("Www-Authenticate", challenge)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	_, err := open(t, Options{Credentials: login}, server.Host(), "a")[0].Manifest(t.Context(), tag("latest"))
	if !errors.Is(err, registry.ErrDenied) || n.Load() > 12 {
		t.Errorf("%d requests, error %v", n.Load(), err)
	}
}

// A server on this machine that speaks TLS is recognised by the answer to any request.
func TestLoopbackTLS(t *testing.T) {
	image := registrytest.Image{}.Build()
	for name, do := range map[string]func(*Repository) error{
		"GET":  func(r *Repository) error { _, err := r.Manifest(t.Context(), tag("latest")); return err },
		"HEAD": func(r *Repository) error { _, err := r.Describe(t.Context(), tag("latest")); return err },
	} {
		server := registrytest.New(t, registrytest.Options{TLS: true})
		server.Push(t, "a", "latest", image)
		if err := do(open(t, Options{Insecure: true}, server.Host(), "a")[0]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// a 400 that is about something else is left as it is
	server := registrytest.New(t, registrytest.Options{})
	answer(server, http.MethodHead, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	server.Push(t, "a", "latest", image)
	if _, err := open(t, Options{}, server.Host(), "a")[0].Describe(t.Context(), tag("latest")); err != nil {
		t.Error(err)
	}
}

// A connection that is reset is no sign of TLS where there is none: it is tried again.
func TestResetAtFirst(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "a", "latest", registrytest.Image{}.Build())
	var n atomic.Int32
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if n.Add(1) > 2 {
			return false
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
		return true
	})
	if _, err := open(t, Options{}, server.Host(), "a")[0].Manifest(t.Context(), tag("latest")); err != nil {
		t.Error(err)
	}
}

// An unreachable registry is found out once, not once for everybody who waits for it.
func TestUnreachableIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int32
		transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			dials.Add(1)
			time.Sleep(30 * time.Second)
			return nil, errors.New("no route")
		}}
		r := open(t, Options{Transport: transport}, "registry.test", "a")[0]
		start := time.Now()
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if _, err := r.Manifest(t.Context(), tag("x")); !errors.Is(err, registry.ErrUnavailable) {
					t.Errorf("error %v", err)
				}
			})
		}
		group.Wait()
		if took := time.Since(start); took > 10*30*time.Second {
			t.Errorf("it took %s and %d dials to find out", took, dials.Load())
		}
	})
}

// Every wait ends: for somebody who takes no bytes, gives no answer, or stops in the middle of one.
func TestSilence(t *testing.T) {
	for name, stall := range map[string]func(w http.ResponseWriter, r *http.Request) bool{
		"takes no bytes":   func(_ http.ResponseWriter, r *http.Request) bool { return r.Method == http.MethodPut },
		"gives no answer":  func(_ http.ResponseWriter, r *http.Request) bool { return r.Method == http.MethodPost },
		"stops on the way": stops,
	} {
		synctest.Test(t, func(t *testing.T) {
			network := registrytest.NewNetwork()
			defer network.Close()
			g := registrytest.NewRegistry(registrytest.Options{})
			g.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if !stall(w, r) {
					return false
				}
				<-network.Over()
				return true
			})
			network.Serve("registry.test", g)
			content := []byte(strings.Repeat("x", 1<<20))
			memory := &repositorytest.Memory{}
			d := memory.AddBlob("application/x", content)
			r := open(t, Options{Dial: network.Dial, PlainHTTP: true}, "registry.test", "a")[0]
			defer r.client.host.network.Close()
			start := time.Now()
			_, err := r.PutBlob(t.Context(), d, memory)
			if err == nil {
				_, err = r.Manifest(t.Context(), registry.Ref{Tag: "x"})
			}
			if took := time.Since(start); !errors.Is(err, registry.ErrUnavailable) || took > maxTries*(commitTimeout+time.Minute) {
				t.Errorf("%s: error %v after %s", name, err, took)
			}
		})
	}
}

// stops sends the beginning of a manifest.
func stops(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	w.Header().Set("Content-Length", "1000")
	w.WriteHeader(http.StatusOK)
	w.Write([]byte("{"))
	w.(http.Flusher).Flush()
	return true
}

// The end of a run is told as that, not as what somebody else met.
func TestCancelled(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	ctx, cancel := context.WithCancelCause(t.Context())
	blob := blobOf(t, server, "a")
	answer(server, http.MethodPost, func(w http.ResponseWriter, r *http.Request) {
		cancel(errors.New("somebody else's trouble"))
		<-r.Context().Done()
	})
	r := open(t, Options{}, server.Host(), "target", "a")
	_, err := r[0].PutBlob(ctx, blob, r[1])
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "somebody") {
		t.Errorf("error: %v", err)
	}
}

// What the target holds is not sent again, where it is worth asking.
func TestLargeBlobIsLookedFor(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{RefuseMounts: true})
	image := registrytest.Image{LayerSize: 2 * worthAsking}.Build()
	server.Push(t, "a", "latest", image)
	server.Push(t, "target", "latest", image)
	r := open(t, Options{}, server.Host(), "target", "a")
	for digest, content := range image.Blobs {
		hash, _ := v1.NewHash(digest)
		transfer, err := r[0].PutBlob(t.Context(), v1.Descriptor{Digest: hash, Size: int64(len(content))}, r[1])
		if want := registry.Present; len(content) > worthAsking && (err != nil || transfer != want) {
			t.Errorf("%v, %v", transfer, err)
		}
	}
}

// An early answer to an upload does not make two users of one reader.
func TestEarlyAnswer(t *testing.T) {
	source, target := registrytest.New(t, registrytest.Options{}), registrytest.New(t, registrytest.Options{})
	image := registrytest.Image{LayerSize: 3 << 20}.Build()
	source.Push(t, "a", "latest", image)
	failing(target, http.MethodPut, 2, 503)
	from, to := open(t, Options{}, source.Host(), "a")[0], open(t, Options{}, target.Host(), "b")[0]
	for digest, content := range image.Blobs {
		hash, _ := v1.NewHash(digest)
		if _, err := to.PutBlob(t.Context(), v1.Descriptor{Digest: hash, Size: int64(len(content))}, from); err != nil {
			t.Error(err)
		}
	}
}

// What goes on, however slowly, is not cut off.
func TestSlowIsFine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := registrytest.NewNetwork()
		defer network.Close()
		g := registrytest.NewRegistry(registrytest.Options{})
		g.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
			r.Body = io.NopCloser(bufio.NewReaderSize(slowBody{r.Body}, 32<<10))
			return false
		})
		network.Serve("registry.test", g)
		memory := &repositorytest.Memory{}
		d := memory.AddBlob("application/x", []byte(strings.Repeat("x", 1<<20)))
		r := open(t, Options{Dial: network.Dial, PlainHTTP: true}, "registry.test", "a")[0]
		defer r.client.host.network.Close()
		start := time.Now()
		_, err := r.PutBlob(t.Context(), d, memory)
		if took := time.Since(start); err != nil || took < connectTimeout || !g.HasBlob("a", d.Digest.String()) {
			t.Errorf("error %v after %s", err, took)
		}
	})
}

// slowBody is read a little at a time.
type slowBody struct{ io.Reader }

func (b slowBody) Read(p []byte) (int, error) {
	time.Sleep(5 * time.Second)
	return b.Reader.Read(p)
}

// A registry that repeats what it was sent is not repeated.
func TestEchoedSecrets(t *testing.T) {
	for name, o := range map[string]registrytest.Options{
		"token": tokenAuth,
		"basic": {Auth: registrytest.BasicAuth, Users: tokenAuth.Users},
	} {
		server := registrytest.New(t, o)
		var sent string
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasPrefix(r.URL.Path, "/v2/") || r.Header.Get("Authorization") == "" {
				return false
			}
			_, sent, _ = strings.Cut(r.Header.Get("Authorization"), " ")
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"errors":[{"code":"DENIED","message":"not with `+sent+` nor `+password+`"}]}`)
			return true
		})
		_, err := open(t, Options{Credentials: login, Secrets: &secrets.Mask{}}, server.Host(), "a")[0].Manifest(t.Context(), tag("x"))
		if err == nil || sent == "" || strings.Contains(err.Error(), sent) || strings.Contains(err.Error(), password) || !strings.Contains(err.Error(), "not with *** nor ***") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
