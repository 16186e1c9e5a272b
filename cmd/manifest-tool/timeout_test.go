package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// --timeout ends a run wherever it hangs, says what was under way, and leaves each tag old or new.
func TestTimeout(t *testing.T) {
	for method, doing := range map[string]string{http.MethodGet: "read ", http.MethodHead: "", http.MethodPut: "push "} {
		t.Run(method, func(t *testing.T) {
			server := registrytest.New(t, registrytest.Options{})
			server.Push(t, "app", "amd64", registrytest.Image{}.Build())
			release := make(chan struct{})
			defer close(release) // a handler that has not read its body does not see that the client is gone
			server.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == method && strings.Contains(r.URL.Path, "/manifests/") {
					<-release
					return true
				}
				return false
			})
			start := time.Now()
			code, _, stderr := tool(t, "", nil, "push", "from-args", "--timeout", "300ms",
				"--platforms", "linux/amd64", "--template", server.Host()+"/app:ARCH", "--target", server.Host()+"/app:1.0")
			if took := time.Since(start); code != output.ExitUnavailable || took > 10*time.Second {
				t.Errorf("exit %d after %s", code, took)
			}
			if want := "not finished after 300ms (--timeout): interrupted: " + doing; !strings.Contains(stderr, want) {
				t.Errorf("stderr %s, want %q", stderr, want)
			}
			if method == http.MethodPut && !strings.Contains(stderr, "tag 1.0 ") {
				t.Errorf("stderr %s does not tell of the tag", stderr)
			}
		})
	}
}
