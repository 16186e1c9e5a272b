package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/output"
	rt "github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A push whose blobs, or images, a registry refuses all at once tells the registry's words and the step that
// follows from them, whichever was refused first.
func TestRefusedTogether(t *testing.T) {
	const words = "adding 29.0 MiB of storage resource will exceed the configured upper limit of 10.0 MiB"
	runs := 60
	if testing.Short() {
		runs = 5
	}
	for name, refused := range map[string]func(*http.Request) bool{
		"blobs": func(r *http.Request) bool {
			return r.Method == http.MethodPut && !strings.Contains(r.URL.Path, "/manifests/")
		},
		"uploads": func(r *http.Request) bool { return r.Method == http.MethodPost },
		"images": func(r *http.Request) bool {
			return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := rt.New(t, rt.Options{RefuseMounts: true})
			for _, architecture := range []string{"amd64", "arm64", "s390x"} {
				server.Push(t, "build", architecture, rt.Image{Architecture: architecture}.Build())
			}
			server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if !refused(r) {
					return false
				}
				io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusForbidden)
				w.(http.Flusher).Flush()
				time.Sleep(rand.N(time.Millisecond))
				fmt.Fprintf(w, `{"errors":[{"code":"DENIED","message":%q}]}`, words)
				return true
			})
			for range runs {
				var stderr strings.Builder
				code := cli.Execute(t.Context(), []string{"manifest-tool", "push", "from-args", "--platforms", "linux/amd64,linux/arm64,linux/s390x",
					"--template", server.Host() + "/build:ARCH", "--target", server.Host() + "/app:1"},
					cli.Env{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &stderr})
				if code != output.ExitRefused || !strings.Contains(stderr.String(), "403 Forbidden: DENIED: "+words) || !strings.Contains(stderr.String(), "hint: the storage or the quota") {
					t.Fatalf("exit %d\n%s", code, &stderr)
				}
			}
		})
	}
}
