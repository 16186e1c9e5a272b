package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// withTags is a registry whose repository app has some tags v0, v1 and so on.
func withTags(t *testing.T, n int, o registrytest.Options) *stage {
	s := newStage(scenario{options: o}.hostOptions(), nil)
	for i := range n {
		s.registry[regHost].Push(t, "app", fmt.Sprint("v", i), registrytest.Image{Seed: fmt.Sprint(i % 7)}.Build())
	}
	s.registry[regHost].ResetRequests()
	s.network.Latency = o.Latency
	return s
}

// ls --long reads each tag once, and many at once. ls reads the list only, and digest sends no more than HEAD.
func TestTagBudgets(t *testing.T) {
	o := registrytest.Options{Latency: 50 * time.Millisecond, PageSize: 150}
	for name, tt := range map[string]struct {
		args            []string
		requests, chain int
		lines           int
		method          string // of the last request
	}{
		"ls":        {[]string{"ls", "reg.test/app"}, 2, 3, 200, http.MethodGet},
		"ls --long": {[]string{"ls", "--long", "reg.test/app"}, 202, 10, 201, http.MethodGet},
		"filter":    {[]string{"ls", "--long", "--filter", "v1?", "reg.test/app"}, 12, 5, 11, http.MethodGet},
		"digest":    {[]string{"digest", "reg.test/app:v1", "reg.test/app:v2"}, 2, 3, 2, http.MethodHead},
		"platform":  {[]string{"digest", "--platform", "linux/amd64", "reg.test/app:v1"}, 2, 3, 1, http.MethodGet},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := withTags(t, 200, o)
				defer s.close()
				got := s.run(t, "", append([]string{"--plain-http"}, tt.args...)...)
				if lines := strings.Count(got.stdout, "\n"); got.code != output.ExitDone || lines != tt.lines {
					t.Fatalf("exit %d, %d lines\n%s", got.code, lines, got.stderr)
				}
				all := s.requests()
				budget{requests: tt.requests, chain: tt.chain}.check(t, all, got)
				if last := all[len(all)-1]; last.Method != tt.method {
					t.Errorf("the last request is %s %s", last.Method, last.Path)
				}
			})
		})
	}
}

// A tag that vanishes is shown as gone. A manifest that cannot be read is an error of its own tag.
func TestTagsThatFail(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		code   int
		word   string
		text   string
	}{
		"gone":       {http.StatusNotFound, output.ExitDone, "gone", ""},
		"denied":     {http.StatusForbidden, output.ExitDenied, "unreadable", "1 of 20 tags could not be read:\nmanifest-tool: read reg.test/app:v10: "},
		"overloaded": {http.StatusServiceUnavailable, output.ExitUnavailable, "unreadable", "1 of 20 tags could not be read:\nmanifest-tool: read reg.test/app:v10: "},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := withTags(t, 20, registrytest.Options{})
				defer s.close()
				s.registry[regHost].Intercept(func(w http.ResponseWriter, r *http.Request) bool {
					if !strings.HasSuffix(r.URL.Path, "/manifests/v10") {
						return false
					}
					w.WriteHeader(tt.status)
					return true
				})
				got := s.run(t, "", "--plain-http", "ls", "--long", "reg.test/app")
				if got.code != tt.code || strings.Count(got.stdout, "\n") != 21 || !strings.Contains(got.stderr, tt.text) {
					t.Errorf("exit %d\n%s%s", got.code, got.stdout, got.stderr)
				}
				if fields := strings.Fields(got.stdout[strings.Index(got.stdout, "\nv10 "):]); fields[2] != tt.word {
					t.Errorf("v10 is shown as %q", fields[:5])
				}
			})
		})
	}
}

// A registry that does not answer for any tag ends the list: two minutes for each of many tags would be days.
func TestTagsOfSilentRegistry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := withTags(t, 5000, registrytest.Options{})
		defer s.close()
		s.registry[regHost].Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/manifests/") {
				return false
			}
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		})
		got := s.run(t, "", "--plain-http", "ls", "--long", "reg.test/app")
		if got.code != output.ExitUnavailable || got.took > 10*time.Minute || got.stdout != "" {
			t.Errorf("exit %d after %s\n%s", got.code, got.took, got.stderr)
		}
	})
}
