package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A cacheStage is two images on a registry, and a cache in which a run has left them.
type cacheStage struct {
	*registrytest.Server
	t       *testing.T
	dir     string
	digests []string // of the images
}

// newCacheStage pushes two images into a repository, and fills the cache by a push from there to app:1.
func newCacheStage(t *testing.T, repository string, indexed bool) *cacheStage {
	s := &cacheStage{Server: registrytest.New(t, registrytest.Options{}), t: t, dir: filepath.Join(t.TempDir(), "cache")}
	var images []registrytest.Artifact
	for _, arch := range []string{"amd64", "arm64"} {
		images = append(images, registrytest.Image{Architecture: arch}.Build())
	}
	if indexed {
		images = []registrytest.Artifact{registrytest.Index(false, images...)}
	}
	for i, image := range images {
		tag := fmt.Sprint("image", i)
		s.Push(t, repository, tag, image)
		digest, _ := s.Tag(repository, tag)
		s.digests = append(s.digests, digest)
	}
	s.mustPush(repository, 1)
	return s
}

// push pushes the images as app:TAG, whose digests the spec names.
func (s *cacheStage) push(repository string, tag int) (code int, stderr string) {
	var spec strings.Builder
	fmt.Fprintf(&spec, "image: %s/app:%d\nmanifests:\n", s.Host(), tag)
	for _, digest := range s.digests {
		fmt.Fprintf(&spec, "- image: %s/%s@%s\n", s.Host(), repository, digest)
	}
	s.ResetRequests()
	code, _, stderr = tool(s.t, spec.String(), nil, "push", "from-spec", "--cache", s.dir, "-")
	return code, stderr
}

func (s *cacheStage) mustPush(repository string, tag int) {
	s.t.Helper()
	if code, stderr := s.push(repository, tag); code != output.ExitDone {
		s.t.Fatalf("exit %d\n%s", code, stderr)
	}
	if err := s.Complete("app", fmt.Sprint(tag)); err != nil {
		s.t.Error(err)
	}
}

// count counts the requests by method and by what is asked for.
func (s *cacheStage) count() string {
	counts := map[string]int{}
	for _, r := range s.Requests() {
		what := "manifests"
		if strings.Contains(r.Path, "/blobs/") {
			what = "blobs"
		}
		counts[r.Method+" "+what]++
	}
	return strings.TrimPrefix(fmt.Sprint(counts), "map")
}

// What a push costs when an earlier run has read its sources.
func TestCacheSavesRequests(t *testing.T) {
	for name, tt := range map[string]struct {
		repository      string
		indexed         bool
		unchanged, next string // the requests of the same push, and of one to another tag
	}{
		"same repository": {"app", false, "[GET manifests:1 HEAD manifests:2]", "[GET manifests:1 HEAD manifests:3 PUT manifests:1]"},
		"other":           {"other", false, "[GET manifests:1 HEAD manifests:2]", "[GET manifests:1 HEAD manifests:3 PUT manifests:1]"},
		"index":           {"app", true, "[GET manifests:1 HEAD manifests:2]", "[GET manifests:1 HEAD manifests:3 PUT manifests:1]"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newCacheStage(t, tt.repository, tt.indexed)
			s.mustPush(tt.repository, 1)
			if got := s.count(); got != tt.unchanged {
				t.Errorf("unchanged: requests %s, want %s", got, tt.unchanged)
			}
			s.mustPush(tt.repository, 2)
			if got := s.count(); got != tt.next {
				t.Errorf("to another tag: requests %s, want %s", got, tt.next)
			}
		})
	}
}

// An image that the cache has and the registry has lost is no source. Nothing is written, also by a registry that does
// not check what an index lists.
func TestCacheIsNoSource(t *testing.T) {
	for name, tt := range map[string]struct {
		repository string
		indexed    bool
	}{"same repository": {"app", false}, "index in the same repository": {"app", true}, "other repository": {"other", false}} {
		t.Run(name, func(t *testing.T) {
			s := newCacheStage(t, tt.repository, tt.indexed)
			for _, repository := range []string{"app", "other"} {
				for _, r := range s.Requests() {
					if at := strings.LastIndex(r.Path, "sha256:"); at >= 0 && strings.Contains(r.Path, "/manifests/") {
						s.DeleteManifest(repository, r.Path[at:])
					} else if at >= 0 {
						s.DeleteBlob(repository, r.Path[at:])
					}
				}
				for _, image := range []registrytest.Artifact{registrytest.Image{Architecture: "amd64"}.Build(), registrytest.Image{Architecture: "arm64"}.Build()} {
					for digest := range image.Blobs {
						s.DeleteBlob(repository, digest)
					}
				}
			}
			code, stderr := s.push(tt.repository, 2)
			if code != output.ExitNotFound || strings.Contains(s.count(), "PUT manifests") {
				t.Errorf("exit %d, requests %s\n%s", code, s.count(), stderr)
			}
			if _, ok := s.Tag("app", "2"); ok {
				t.Error("the tag is there")
			}
		})
	}
}

// A login finds nothing that another login has read.
func TestCacheKnowsLogins(t *testing.T) {
	s := newCacheStage(t, "other", false)
	reads := func(args ...string) string {
		s.ResetRequests()
		args = append([]string{"inspect", "--format", "json", "--config", "--cache", s.dir, s.Host() + "/other@" + s.digests[0]}, args...)
		if code, _, stderr := tool(t, "secret", nil, args...); code != output.ExitDone {
			t.Fatalf("exit %d\n%s", code, stderr)
		}
		return s.count()
	}
	if got := reads(); got != "[]" {
		t.Errorf("the same login: requests %s", got)
	}
	for _, want := range []string{"[GET blobs:1 GET manifests:1]", "[]"} {
		if got := reads("--username", "ci", "--password-stdin"); got != want {
			t.Errorf("another login: requests %s, want %s", got, want)
		}
	}
}

// Whatever is in the folder, a run gets the right content from the registry, and repairs the folder.
func TestDamagedCache(t *testing.T) {
	s := newCacheStage(t, "other", false)
	s.mustPush("other", 2)
	warm := s.count()
	err := filepath.WalkDir(s.dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			err = os.WriteFile(path, []byte("{}"), 0o600)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for tag, want := range map[int]string{3: "[GET blobs:2 GET manifests:3 HEAD manifests:3 PUT manifests:1]"} {
		if s.mustPush("other", tag); s.count() != want {
			t.Errorf("damaged: requests %s, want %s", s.count(), want)
		}
	}
	if s.mustPush("other", 4); s.count() != warm {
		t.Errorf("after that: requests %s, want %s", s.count(), warm)
	}
}
