package integration

import (
	"fmt"
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

// A pair is two registries that hold the images of stages.
type pair struct {
	host, other string
	stages      atomic.Int32
}

var architectures = []string{"amd64", "arm64"}

func build(seed, architecture string) registrytest.Artifact {
	return registrytest.Image{Architecture: architecture, Seed: seed, LayerSize: 1000}.Build()
}

// newPair starts the registries. Both hold images for each architecture, SEED/ARCH:1.0.
func newPair(t *testing.T, seeds ...string) *pair {
	t.Helper()
	both := &pair{host: startDistribution(t).Host, other: startDistribution(t).Host}
	for _, host := range []string{both.host, both.other} {
		for _, seed := range seeds {
			for _, architecture := range architectures {
				pushArtifact(t, host, seed+"/"+architecture, "1.0", build(seed, architecture))
			}
		}
	}
	return both
}

func pushArtifact(t testing.TB, host, repository, tag string, a registrytest.Artifact) {
	t.Helper()
	if err := a.Push("http://"+host, repository, tag); err != nil {
		t.Fatal(err)
	}
}

// repository gives a name that is new.
func (both *pair) repository() string { return fmt.Sprintf("case%d/app", both.stages.Add(1)) }

// stage prepares a push for the images of a template, in which HOST and OTHER are the registries and
// REPOSITORY is the one that is pushed to.
func (both *pair) stage(t testing.TB, repository, template string, tags ...string) *stage {
	t.Helper()
	s := &stage{proxy: &proxy{}}
	host := s.proxy.front(t, both.host)
	words := []string{"HOST", host, "REPOSITORY", repository}
	if strings.Contains(template, "OTHER") {
		words = append(words, "OTHER", s.proxy.front(t, both.other))
	}
	s.args = []string{"push", "from-args", "--platforms", "linux/amd64,linux/arm64",
		"--template", strings.NewReplacer(words...).Replace(template),
		"--target", host + "/" + repository + ":" + tags[0]}
	for _, tag := range tags {
		s.names = append(s.names, both.host+"/"+repository+":"+tag)
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
		pushArtifact(t, host, repository, tag, image)
	}
	s.old = image.Digest
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
		switch {
		case err != nil:
			t.Errorf("%s is not whole: %v", name, err)
		case !slices.Contains(allowed, digest):
			t.Errorf("%s is %s, none of %q", name, digest, allowed)
		}
	}
}
