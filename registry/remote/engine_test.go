package remote

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

func mustRegistry(t *testing.T, s string) name.Registry {
	t.Helper()
	r, err := name.NewRegistry(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// failing answers the first n requests of a method with a status.
func failing(server *registrytest.Server, method string, n int32, status int, header ...string) {
	var failed atomic.Int32
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || failed.Add(1) > n {
			return false
		}
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		return true
	})
}

func TestRetry(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "a", "latest", registrytest.Image{}.Build())
	for _, status := range []int{408, 429, 500, 502, 503, 504} {
		failing(server, http.MethodGet, 4, status)
		r := open(t, Options{}, server.Host(), "a")[0]
		if _, err := r.Manifest(t.Context(), tag("latest")); err != nil {
			t.Errorf("%d four times: %v", status, err)
		}
		server.ResetRequests()
		failing(server, http.MethodGet, 1000, status)
		r = open(t, Options{}, server.Host(), "a")[0]
		_, err := r.Manifest(t.Context(), tag("latest"))
		if n := len(server.Requests()); n != maxTries || !errors.Is(err, registry.ErrUnavailable) {
			t.Errorf("%d for ever: %d requests, error %v", status, n, err)
		}
	}
}

func TestNotRetried(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	for status, class := range map[int]error{400: registry.ErrRefused, 403: registry.ErrDenied, 404: registry.ErrNotFound, 405: registry.ErrRefused, 413: registry.ErrRefused} {
		server.ResetRequests()
		failing(server, http.MethodGet, 1000, status)
		_, err := open(t, Options{}, server.Host(), "a")[0].Manifest(t.Context(), tag("latest"))
		if n := len(server.Requests()); n != 1 || !errors.Is(err, class) {
			t.Errorf("%d: %d requests, error %v", status, n, err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "a", "latest", registrytest.Image{}.Build())
	failing(server, http.MethodGet, 1, 429, "Retry-After", "1")
	start := time.Now()
	if _, err := open(t, Options{}, server.Host(), "a")[0].Manifest(t.Context(), tag("latest")); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took < time.Second {
		t.Errorf("tried again after %s, though the registry asked for a second", took)
	}
	// longer than we are willing to wait: told at once
	failing(server, http.MethodGet, 1000, 429, "Retry-After", "86400")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err := open(t, Options{}, server.Host(), "a")[0].Manifest(ctx, tag("latest"))
	if !errors.Is(err, registry.ErrUnavailable) || !strings.Contains(err.Error(), "429 Too Many Requests") {
		t.Errorf("error: %v", err)
	}
}

func TestRetryAfterHeader(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "-1": 0, "x": 0, "99999999999999999999": 0, "86400": 24 * time.Hour,
		"Wed, 21 Oct 2015 07:28:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
	date := time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat)
	if got := retryAfter(http.Header{"Retry-After": {date}}); got < 80*time.Second || got > 90*time.Second {
		t.Errorf("%s: %s", date, got)
	}
}

// Whatever HEAD answers, the manifest is found.
func TestDescribeWithoutHead(t *testing.T) {
	image := registrytest.Image{}.Build()
	for _, status := range []int{200, 400, 403, 405} {
		server := registrytest.New(t, registrytest.Options{})
		server.Push(t, "a", "latest", image)
		failing(server, http.MethodHead, 1000, status)
		d, err := open(t, Options{}, server.Host(), "a")[0].Describe(t.Context(), tag("latest"))
		if err != nil || d.Digest.String() != image.Digest {
			t.Errorf("HEAD %d: %s, %v", status, d.Digest, err)
		}
	}
}

func TestMount(t *testing.T) {
	tests := []struct {
		name   string
		o      registrytest.Options
		status int // of the answer to a mount; 0 for the registry's own
		want   registry.Transfer
	}{
		{"taken", registrytest.Options{}, 0, registry.Mounted},
		{"with a token", tokenAuth, 0, registry.Mounted},
		{"answered with an upload", registrytest.Options{RefuseMounts: true}, 0, registry.Streamed},
		{"400", registrytest.Options{}, 400, registry.Streamed},
		{"403", registrytest.Options{}, 403, registry.Streamed},
		{"405", registrytest.Options{}, 405, registry.Streamed},
		{"500", registrytest.Options{}, 500, registry.Streamed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := registrytest.New(t, test.o)
			blob := blobOf(t, server, "a")
			if test.status != 0 {
				server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
					if r.URL.Query().Has("mount") {
						w.WriteHeader(test.status)
					}
					return r.URL.Query().Has("mount")
				})
			}
			r := open(t, Options{Credentials: login}, server.Host(), "target", "a")
			transfer, err := r[0].PutBlob(t.Context(), blob, r[1])
			if err != nil || transfer != test.want || !server.HasBlob("target", blob.Digest.String()) {
				t.Errorf("%v, %v", transfer, err)
			}
			if heads := count(server, isHead); heads > 0 && test.status == 0 {
				t.Errorf("%d HEADs beside the mount", heads)
			}
		})
	}
}

// A blob that breaks off is sent again, from its beginning.
func TestUploadStartsOver(t *testing.T) {
	source, target := registrytest.New(t, registrytest.Options{}), registrytest.New(t, registrytest.Options{})
	blob := blobOf(t, source, "a")
	failing(target, http.MethodPut, 2, 502)
	from, to := open(t, Options{}, source.Host(), "a")[0], open(t, Options{}, target.Host(), "b")[0]
	transfer, err := to.PutBlob(t.Context(), blob, from)
	if err != nil || transfer != registry.Streamed || !target.HasBlob("b", blob.Digest.String()) {
		t.Errorf("%v, %v", transfer, err)
	}
}

// No registry ever has more requests under way than allowed, and the fewest that are allowed are
// enough to copy within one registry that does not mount.
func TestJobs(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{RefuseMounts: true})
	image := registrytest.Image{Layers: 40, LayerSize: 20_000}.Build()
	server.Push(t, "a", "latest", image)
	var under, most atomic.Int32
	server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		now := under.Add(1)
		defer under.Add(-1)
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		time.Sleep(time.Millisecond)
		server.Answer(w, r)
		return true
	})
	for _, jobs := range []int{2, 5} {
		most.Store(0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		r := open(t, Options{Jobs: jobs}, server.Host(), "target"+strconv.Itoa(jobs), "a")
		var group sync.WaitGroup
		for digest, content := range image.Blobs {
			hash, _ := v1.NewHash(digest)
			group.Go(func() {
				if _, err := r[0].PutBlob(ctx, v1.Descriptor{Digest: hash, Size: int64(len(content))}, r[1]); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if got := int(most.Load()); got > jobs || got < 2 {
			t.Errorf("--jobs %d: %d requests at once", jobs, got)
		}
	}
}

func TestErrorText(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	tests := []struct{ contentType, body, want string }{
		{"application/json", `{"errors":[{"code":"DENIED","message":"no\u001b[31m","detail":{"secret":"x"}}]}`, "403 Forbidden: DENIED: no [31m: secret=x"},
		{"text/html", "<html>log in</html>", "403 Forbidden: an HTML page, which no registry sends: is there a proxy or a login page in between?"},
		{"text/plain", strings.Repeat("x", 300), "403 Forbidden: " + strings.Repeat("x", 200) + "…"},
		{"text/plain", "", "403 Forbidden"},
	}
	for _, test := range tests {
		answer(server, http.MethodGet, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", test.contentType)
			w.WriteHeader(http.StatusForbidden)
			w.Write([]byte(test.body))
		})
		_, err := open(t, Options{}, server.Host(), "a")[0].Manifest(t.Context(), tag("latest"))
		want := "GET " + server.URL() + "/v2/a/manifests/latest: " + test.want
		if test.contentType != "text/html" {
			want += " (no credential found for this registry)"
		}
		if err == nil || err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
	}
}
