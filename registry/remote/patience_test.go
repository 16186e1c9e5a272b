package remote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// A server on this machine whose scheme has to be found out first, asked by many at once.
func TestSchemeForMany(t *testing.T) {
	for _, secure := range []bool{false, true} {
		server := registrytest.New(t, registrytest.Options{TLS: secure})
		server.Push(t, "a", "latest", registrytest.Image{}.Build())
		var hungUp atomic.Bool
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if !secure && !hungUp.Swap(true) {
				panic(http.ErrAbortHandler) // as a server may that speaks TLS, which this one does not
			}
			return false
		})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		r := open(t, Options{Insecure: true, Jobs: 2}, server.Host(), "a")[0]
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if _, err := r.Describe(ctx, tag("latest")); err != nil {
					t.Errorf("TLS %v: %v", secure, err)
				}
			})
		}
		group.Wait()
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func respond(req *http.Request, status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: req, ContentLength: int64(len(body))}
}

// firstFailure asks for something many times at once, and tells how long it takes until somebody knows
// that it is in vain. That one ends the others.
func firstFailure(t *testing.T, r *Repository) time.Duration {
	t.Helper()
	start := time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	var took time.Duration
	var once sync.Once
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			if _, err := r.Manifest(ctx, tag("x")); err != nil && ctx.Err() == nil {
				once.Do(func() {
					took = time.Since(start)
					if !errors.Is(err, registry.ErrUnavailable) {
						t.Errorf("error %v", err)
					}
				})
				cancel()
			}
		})
	}
	group.Wait()
	cancel()
	return took
}

// A registry that has had too much for ever is told after some minutes, however many wait for it.
func TestTooManyForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, Options{PlainHTTP: true, Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			time.Sleep(50 * time.Millisecond)
			return respond(req, http.StatusTooManyRequests, "", "Retry-After", "60"), nil
		})}, "registry.test", "a")[0]
		if took := firstFailure(t, r); took > 10*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

// A token server that hangs when a token has to be renewed is found out by all together.
func TestTokenServerHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tokens atomic.Int32
		r := open(t, Options{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			switch {
			case req.URL.Path == "/token" && tokens.Add(1) > 1:
				<-req.Context().Done()
				return nil, req.Context().Err()
			case req.URL.Path == "/token":
				return respond(req, http.StatusOK, `{"token":"x","expires_in":60}`, "Content-Type", "application/json"), nil
			case req.Header.Get("Authorization") == "":
				return respond(req, http.StatusUnauthorized, "", "Www-Authenticate", `Bearer realm="https://auth.registry.test/token",service="r"`), nil
			}
			return respond(req, http.StatusNotFound, `{"errors":[{"code":"MANIFEST_UNKNOWN"}]}`), nil
		})}, "registry.test", "a")[0]
		if _, err := r.Describe(t.Context(), tag("x")); !errors.Is(err, registry.ErrNotFound) {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if took := firstFailure(t, r); took > 10*time.Minute || tokens.Load() > 2*maxTries {
			t.Errorf("it took %s and %d requests", took, tokens.Load())
		}
	})
}

// An upload that may still be stored, after somebody in between has lost patience, is not given up: the
// blob is there when it is looked for.
func TestCommitOutlivesItsAnswer(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	d := blobOf(t, server, "a")
	var deletes, stored atomic.Bool
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.Method == http.MethodPut:
			io.Copy(io.Discard, r.Body)
			stored.Store(true)
			w.WriteHeader(http.StatusGatewayTimeout)
		case r.Method == http.MethodDelete:
			deletes.Store(true)
		case r.Method == http.MethodHead && stored.Load():
			w.WriteHeader(http.StatusOK)
		default:
			return false
		}
		return true
	})
	r := open(t, Options{}, server.Host(), "target", "a")
	if _, err := r[0].PutBlob(t.Context(), d, registry.ForceUpload{Repository: r[1]}); err != nil || deletes.Load() {
		t.Errorf("deleted %v, error %v", deletes.Load(), err)
	}
}

// From Bytes a blob is sent, also to a registry whose HEAD tells of what it has lost.
func TestBytesAreSent(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	d := blobOf(t, server, "a")
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool { return r.Method == http.MethodHead })
	r := open(t, Options{}, server.Host(), "target", "a")
	how, err := r[0].PutBlob(t.Context(), d, registry.ForceUpload{Repository: r[1]})
	if err != nil || how != registry.Streamed || !server.HasBlob("target", d.Digest.String()) {
		t.Errorf("%v, %v", how, err)
	}
}
