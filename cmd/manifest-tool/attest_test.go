package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A registry that refuses the list of referrers, or the provenance itself, gets no tag: who asks for provenance does not
// want the image without it.
func TestProvenanceRefused(t *testing.T) {
	for name, refused := range map[string]string{"list": "/v2/app/manifests/sha256-", "statement": "/v2/app/blobs/uploads/"} {
		t.Run(name, func(t *testing.T) {
			sc := scenario{template: "reg.test/app:ARCH", platforms: twoPlatforms, tags: []string{"1.0"}, flags: []string{"--attest"}}
			synctest.Test(t, func(t *testing.T) {
				s := newStage(sc.hostOptions(), nil)
				defer s.close()
				sc.sources(t, s, false)
				s.registry[regHost].Intercept(func(w http.ResponseWriter, r *http.Request) bool {
					if !strings.HasPrefix(r.URL.Path, refused) || r.Method == http.MethodGet || r.Method == http.MethodHead {
						return false
					}
					w.WriteHeader(http.StatusBadRequest)
					return true
				})
				got := sc.run(t, s)
				if got.code != output.ExitRefused || !strings.Contains(got.stderr, "tag 1.0 was not created") {
					t.Errorf("exit %d\n%s", got.code, got.stderr)
				}
				if _, ok := s.registry[regHost].Tag("app", "1.0"); ok {
					t.Error("the tag is there")
				}
				s.calm()
				if again := sc.run(t, s); again.code != output.ExitDone {
					t.Errorf("again: exit %d\n%s", again.code, again.stderr)
				}
				digest, _ := s.registry[regHost].Tag("app", "1.0")
				if about := s.about(t, "app", digest); len(about) != 1 {
					t.Errorf("about the index is %q", about)
				}
			})
		})
	}
}

// The provenance has no secret of the environment in it.
func TestProvenanceWithoutSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "predicate.json")
	sc := scenario{template: "reg.test/app:ARCH", platforms: twoPlatforms, tags: []string{"1.0"}, flags: []string{"--attest", "--attest-file", file}}
	sc.options = withTokens
	synctest.Test(t, func(t *testing.T) {
		s := newStage(sc.hostOptions(), nil)
		defer s.close()
		sc.sources(t, s, false)
		secret := registrytest.Canary + "-token"
		s.environ = []string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://ci:" + secret + "@github.example", "GITHUB_WORKFLOW_REF=a/b/c.yml@main", "GITHUB_TOKEN=" + secret}
		got := sc.run(t, s)
		predicate, err := os.ReadFile(file)
		if err != nil || strings.Contains(got.stderr+string(predicate), registrytest.Canary) || !strings.Contains(string(predicate), "#local-builder") {
			t.Errorf("exit %d, %v\n%s%s", got.code, err, predicate, got.stderr)
		}
	})
}
