package remote

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// Before a manifest is sent again it is looked for: what was stored is not sent twice, also where a
// tag is set once and would refuse it.
func TestLostAnswers(t *testing.T) {
	image := registrytest.Image{}.Build()
	m := registry.NewManifest(types.MediaType(image.MediaType), image.Manifest)
	for _, test := range []struct {
		name   string
		o      registrytest.Options
		stored bool
		lose   func(w http.ResponseWriter)
		puts   int
	}{
		{"stored, then hung up", registrytest.Options{ImmutableTags: true}, true, hangUp, 1},
		{"stored, then 500", registrytest.Options{ImmutableTags: true}, true, func(w http.ResponseWriter) { w.WriteHeader(500) }, 1},
		{"hung up", registrytest.Options{}, false, hangUp, 2},
		{"503", registrytest.Options{}, false, func(w http.ResponseWriter) { w.WriteHeader(503) }, 2},
	} {
		server := registrytest.New(t, test.o)
		for _, content := range image.Blobs {
			putBlob(t, server, "a", string(content))
		}
		server.ResetRequests()
		var lost atomic.Bool
		server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPut || lost.Swap(true) {
				return false
			}
			if test.stored {
				server.Answer(httptest.NewRecorder(), r)
			}
			test.lose(w)
			return true
		})
		err := open(t, Options{}, server.Host(), "a")[0].PutManifest(t.Context(), tag("latest"), m)
		puts := count(server, func(r registrytest.Request) bool { return r.Method == http.MethodPut })
		if err != nil || puts != test.puts {
			t.Errorf("%s: %d PUTs, error %v", test.name, puts, err)
		}
		if digest, _ := server.Tag("a", "latest"); digest != image.Digest {
			t.Errorf("%s: the tag holds %q", test.name, digest)
		}
	}
}

func hangUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// What a manifest needs and a registry lacks is told apart from what a user asks for and is not there.
func TestIncomplete(t *testing.T) {
	image := registrytest.Image{}.Build()
	m := registry.NewManifest(types.MediaType(image.MediaType), image.Manifest)
	server := registrytest.New(t, registrytest.Options{})
	err := open(t, Options{}, server.Host(), "a")[0].PutManifest(t.Context(), tag("latest"), m)
	var answer *ResponseError
	if !errors.As(err, &answer) || !answer.Incomplete() || !errors.Is(err, registry.ErrRefused) {
		t.Errorf("error %v", err)
	}
}

// A quota that takes hours to fill is not tried again, and told.
func TestQuota(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	failing(server, http.MethodGet, 1000, http.StatusTooManyRequests, "Ratelimit-Limit", "100;w=21600",
		"Ratelimit-Remaining", "0;w=21600", "Docker-Ratelimit-Source", "203.0.113.7")
	_, err := open(t, Options{}, server.Host(), "a")[0].Manifest(t.Context(), tag("latest"))
	want := "GET " + server.URL() + "/v2/a/manifests/latest: 429 Too Many Requests (the quota of 100 in 6h0m0s is used up for 203.0.113.7)"
	if err == nil || err.Error() != want || !errors.Is(err, registry.ErrUnavailable) {
		t.Errorf("error %v, want %s", err, want)
	}
	if n := len(server.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}
