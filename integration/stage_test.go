package integration

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// long is whether to try everything, which takes minutes, and not only a choice.
func long() bool { return os.Getenv("MANIFEST_TOOL_LONG") != "" }

// A stage is a push that is about to happen: a repository that nobody else uses, behind a proxy.
type stage struct {
	proxy *proxy
	args  []string // of our program
	names []string // of the tags that it moves, on the registry itself
	old   string   // what they hold; empty if they are not there
}

// A theatre is where stages are built: two registries, with the images that are put together.
type theatre struct {
	host, other string
	stages      atomic.Int32
}

var architectures = []string{"amd64", "arm64"}

func build(seed, architecture string) registrytest.Artifact {
	return registrytest.Image{Architecture: architecture, Seed: seed, LayerSize: 1000}.Build()
}

// newTheatre starts the registries. Both hold images for each architecture, SEED/ARCH:1.0.
func newTheatre(t *testing.T, seeds ...string) *theatre {
	t.Helper()
	th := &theatre{host: startDistribution(t).Host, other: startDistribution(t).Host}
	for _, host := range []string{th.host, th.other} {
		for _, seed := range seeds {
			for _, architecture := range architectures {
				th.push(t, host, build(seed, architecture), seed+"/"+architecture, "1.0")
			}
		}
	}
	return th
}

func (th *theatre) push(t testing.TB, host string, image registrytest.Artifact, repository, tag string) {
	t.Helper()
	if err := image.Push("http://"+host, repository, tag); err != nil {
		t.Fatal(err)
	}
}

// repository gives a name that is new.
func (th *theatre) repository() string { return fmt.Sprintf("case%d/app", th.stages.Add(1)) }

// from begins a stage for the images of a template, in which HOST and OTHER are the registries and
// REPOSITORY is the one that is pushed to.
func (th *theatre) from(t testing.TB, repository, template string, tags ...string) *stage {
	t.Helper()
	s := &stage{proxy: &proxy{}}
	host := s.proxy.front(t, th.host)
	words := []string{"HOST", host, "REPOSITORY", repository}
	if strings.Contains(template, "OTHER") {
		words = append(words, "OTHER", s.proxy.front(t, th.other))
	}
	s.args = []string{"push", "from-args", "--platforms", "linux/amd64,linux/arm64",
		"--template", strings.NewReplacer(words...).Replace(template),
		"--target", host + "/" + repository + ":" + tags[0]}
	for _, tag := range tags {
		s.names = append(s.names, th.host+"/"+repository+":"+tag)
	}
	for _, tag := range tags[1:] {
		s.args = append(s.args, "--tags", tag)
	}
	return s
}

// hold puts an image under all tags of a stage, as if it had been there for long.
func (s *stage) hold(t testing.TB, image registrytest.Artifact) {
	t.Helper()
	for _, name := range s.names {
		host, rest, _ := strings.Cut(name, "/")
		repository, tag, _ := strings.Cut(rest, ":")
		if s.old == "" {
			if err := image.Push("http://"+host, repository, tag); err != nil {
				t.Fatal(err)
			}
			s.old = image.Digest
			continue
		}
		url := fmt.Sprintf("http://%s/v2/%s/manifests/%s", host, repository, tag)
		send(t, http.MethodPut, url, image.MediaType, image.Manifest, http.StatusCreated)
	}
}

// run pushes, and returns the digest.
func (s *stage) run(t testing.TB) string {
	t.Helper()
	p := newProcess(t, s.args...)
	p.launch(t)
	return p.digest(t)
}

// check walks every tag: each has to be one of the digests, or absent if "" is one of them, and whole.
func (s *stage) check(t testing.TB, allowed ...string) {
	t.Helper()
	for _, name := range s.names {
		digest, err := scripttest.Walk(name)
		if digest == "" && slices.Contains(allowed, "") && strings.HasSuffix(err.Error(), ": 404 Not Found") {
			continue
		}
		if err != nil {
			t.Errorf("%s is not whole: %v", name, err)
		}
		if !slices.Contains(allowed, digest) {
			t.Errorf("%s is %s, none of %q", name, digest, allowed)
		}
	}
}
