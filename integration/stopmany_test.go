package integration

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// A manyStage is a run over three specs: an image, an image of which the first is a source, and an image whose parts come
// from another registry.
type manyStage struct {
	proxy *proxy
	specs string            // file
	names map[string]string // the tag of a spec -> its name on the registry itself
}

func newManyStage(t testing.TB, both *pair) *manyStage {
	t.Helper()
	s := &manyStage{proxy: &proxy{}, specs: filepath.Join(t.TempDir(), "specs.jsonl"), names: map[string]string{}}
	front, other, repository := s.proxy.front(t, both.host), s.proxy.front(t, both.other), both.repository()
	var lines strings.Builder
	spec := func(tag string, sources ...string) {
		fmt.Fprintf(&lines, `{"image":"%s/%s:%s","manifests":[{"image":"%s"}]}`+"\n", front, repository, tag, strings.Join(sources, `"},{"image":"`))
		s.names[tag] = both.host + "/" + repository + ":" + tag
	}
	spec("app", front+"/"+repository+":base", front+"/newer/arm64:1.0")
	spec("base", front+"/new/amd64:1.0")
	spec("tool", other+"/newer/amd64:1.0", other+"/new/arm64:1.0")
	if err := os.WriteFile(s.specs, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *manyStage) process(t testing.TB, args ...string) *process {
	return newProcess(t, slices.Concat([]string{"push", "from-spec", "--output", "jsonl"}, args, []string{s.specs})...)
}

// held is the digest that each tag holds, of those that are there. Each image has to be whole.
func (s *manyStage) held(t testing.TB) map[string]string {
	t.Helper()
	digests := map[string]string{}
	for tag, name := range s.names {
		digest, err := scripttest.Walk(name)
		switch {
		case digest == "" && err != nil && strings.HasSuffix(err.Error(), ": 404 Not Found"):
		case err != nil:
			t.Errorf("%s is not whole: %v", name, err)
		default:
			digests[tag] = digest
		}
	}
	return digests
}

// TestStopManyAndResume stops a run over several specs at every moment of every request, and resumes it from the lines that
// the first run has printed. The tags then hold what a single run leaves.
func TestStopManyAndResume(t *testing.T) {
	t.Parallel()
	needSignals(t)
	both := newPair(t, "new", "newer")
	model := newManyStage(t, both)
	whole := model.process(t)
	whole.launch(t)
	whole.mustEnd(t, "exit status 0")
	want := model.held(t)
	if len(want) != len(model.names) {
		t.Fatalf("the tags are %v", want)
	}
	for i, m := range model.proxy.inOrder() {
		for j, stop := range stops {
			if !long() && i%(4*len(stops)) != 4*j { // one moment in four, stopped in one way
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", m, stop.signal), func(t *testing.T) {
				t.Parallel()
				resumeAfter(t, newManyStage(t, both), m, stop, want)
			})
		}
	}
}

func resumeAfter(t *testing.T, s *manyStage, at stopPoint, how stop, want map[string]string) {
	first := s.process(t)
	s.proxy.on(func(m stopPoint) bool {
		if m == at && !first.gone() {
			first.stop(t, how.signal)
			return false
		}
		return true
	})
	first.launch(t)
	first.mustEnd(t, how.end, "exit status 0") // the run may send fewer requests of a kind than the first one did
	for tag, digest := range s.held(t) {
		if digest != want[tag] {
			t.Errorf("after the stop, %s holds %s, which is not the new image %s", tag, digest, want[tag])
		}
	}
	results := filepath.Join(t.TempDir(), "results.jsonl")
	if err := os.WriteFile(results, first.stdout.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	s.proxy.on(nil)
	again := s.process(t, "--resume", results)
	again.launch(t)
	again.mustEnd(t, "exit status 0")
	if held := s.held(t); !maps.Equal(held, want) {
		t.Errorf("after the second run the tags hold %v, not %v\n%s%s", held, want, &again.stdout, &again.stderr)
	}
}
