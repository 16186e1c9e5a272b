package remote

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
)

const someManifest = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}`

func manifestFor(req *http.Request) *http.Response {
	return respond(req, http.StatusOK, someManifest, "Content-Type", "application/vnd.oci.image.index.v1+json")
}

// perMinute are the rates of registry.test.
func perMinute(n int) map[string]Rates {
	return map[string]Rates{"registry.test": {All: Rate{N: n, Per: time.Minute}}}
}

// readMany reads a manifest many times at once.
func readMany(t *testing.T, r *Repository, n int) {
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			if _, err := r.Manifest(t.Context(), tag("x")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// A token that expires while requests wait for the rate is renewed before they are sent. Requests to the token server
// count if it is on the registry's host.
func TestTokenExpiresInQueue(t *testing.T) {
	for _, realm := range []string{"auth.registry.test", "registry.test"} {
		synctest.Test(t, func(t *testing.T) {
			var tokens, refused, sent atomic.Int32
			r := open(t, Options{Rates: perMinute(10), Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				if req.URL.Host == "registry.test" {
					sent.Add(1)
				}
				if req.URL.Path == "/token" {
					tokens.Add(1)
					return respond(req, http.StatusOK, `{"token":"`+time.Now().Add(time.Minute).Format(time.RFC3339)+`","expires_in":60}`, "Content-Type", "application/json"), nil
				}
				if until, _ := time.Parse("Bearer "+time.RFC3339, req.Header.Get("Authorization")); time.Now().After(until) {
					refused.Add(1)
					return respond(req, http.StatusUnauthorized, "", "Www-Authenticate", `Bearer realm="https://`+realm+`/token",service="r"`), nil
				}
				return manifestFor(req), nil
			})}, "registry.test", "a")[0]
			start := time.Now()
			readMany(t, r, 50)
			least := time.Duration(sent.Load()-1) * 6 * time.Second
			if took := time.Since(start); refused.Load() != 1 || tokens.Load() > 7 || took < least || took > least+10*time.Second {
				t.Errorf("%s: %d requests in %s, %d of them refused, %d tokens", realm, sent.Load(), took, refused.Load(), tokens.Load())
			}
		})
	}
}

// A request that fails is tried again, although it waited for the rate longer than all its tries may take.
func TestTryAfterQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int32
		r := open(t, Options{PlainHTTP: true, Rates: perMinute(10), Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			if n := sent.Add(1); n > 20 && n%10 == 0 {
				return respond(req, http.StatusBadGateway, ""), nil
			}
			return manifestFor(req), nil
		})}, "registry.test", "a")[0]
		readMany(t, r, 40)
		if sent.Load() <= 40 {
			t.Errorf("%d requests: none failed", sent.Load())
		}
	})
}

// Redirects within the registry count.
func TestRateOfRedirects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, Options{PlainHTTP: true, Rates: perMinute(10), Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			if req.URL.Path != "/there" {
				return respond(req, http.StatusTemporaryRedirect, "", "Location", "/there"), nil
			}
			return manifestFor(req), nil
		})}, "registry.test", "a")[0]
		start := time.Now()
		readMany(t, r, 20)
		if took := time.Since(start); took < 38*6*time.Second || took > 42*6*time.Second {
			t.Errorf("40 requests took %s", took)
		}
	})
}

// A registry that says that its quota is used up gets no request until the reset, and no answer 429.
func TestQuotaOfRegistry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, used, refused, windows := time.Now(), 0, 0, 1
		var mu sync.Mutex
		o := Options{PlainHTTP: true, Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			if time.Since(start) >= 30*time.Second {
				start, used, windows = time.Now(), 0, windows+1
			}
			if used++; used > 40 {
				refused++
				return respond(req, http.StatusTooManyRequests, ""), nil
			}
			resp := manifestFor(req)
			resp.Header.Set("RateLimit-Limit", "40")
			resp.Header.Set("RateLimit-Remaining", strconv.Itoa(40-used))
			resp.Header.Set("RateLimit-Reset", strconv.Itoa(int(time.Until(start.Add(30*time.Second)).Seconds())))
			return resp, nil
		})}
		r := open(t, o, "registry.test", "a")[0]
		readMany(t, r, 200)
		if refused > 0 || windows > 5 {
			t.Errorf("%d requests were refused, in %d windows", refused, windows)
		}
	})
}

// Docker Hub counts only GETs of manifests, although it shows the quota in answers to HEAD too.
func TestQuotaOfPulls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, Options{PlainHTTP: true, Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			resp := manifestFor(req)
			resp.Header.Set("RateLimit-Limit", "100;w=50")
			resp.Header.Set("RateLimit-Remaining", "0;w=50")
			resp.Header.Set("Docker-Content-Digest", registry.DigestOf([]byte(someManifest)).String())
			resp.Header.Set("Content-Length", strconv.Itoa(len(someManifest)))
			return resp, nil
		})}, "registry.test", "a")[0]
		start := time.Now()
		readMany(t, r, 1)
		for range 10 {
			if _, err := r.Describe(t.Context(), tag("x")); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("HEAD requests took %s", took)
		}
		if readMany(t, r, 1); time.Since(start) != 50*time.Second {
			t.Errorf("the second GET was done after %s", time.Since(start))
		}
	})
}
