package integration

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkExits checks that all happened that was meant to: a killed pod, an evicted one, and pods that gave up on a registry.
func (s *kubeScene) checkExits(t *testing.T, job string, killed, evicted *podProcess) {
	t.Helper()
	if killed.code != 137 || evicted.code != 143 {
		t.Errorf("the killed pod ends with %d, the evicted one with %d", killed.code, evicted.code)
	}
	var gaveUp, ignored int
	for _, p := range s.node.of(job) {
		t.Logf("index %s: exit %d after %.1f s, %.1f s of CPU time, %.1f MiB", p.index(), p.code, p.took.Seconds(), p.cpu().Seconds(), float64(p.peak.Load())/(1<<20))
		if p.code == 7 || p.code == 8 {
			gaveUp++
		}
		if p.pod.Metadata.Annotations["batch.kubernetes.io/job-index-ignored-failure-count"] == "1" {
			ignored++
		}
		if most := int64(64 << 20); p.peak.Load() > most {
			t.Errorf("index %s has %d bytes of memory; the example requests %d", p.index(), p.peak.Load(), most)
		}
	}
	if gaveUp == 0 || s.b.refused.Load() == 0 {
		t.Errorf("%d requests were refused, and no pod failed", s.b.refused.Load())
	}
	if ignored == 0 {
		t.Error("the evicted pod counts as a failure")
	}
}

// checkShards checks that the pods that ended well had every spec between them, and none had a spec of another.
func (s *kubeScene) checkShards(t *testing.T, job string) {
	t.Helper()
	of := map[string]string{}
	for _, p := range s.node.of(job) {
		if p.code != 0 {
			continue
		}
		for line := range strings.Lines(p.stdout.String()) {
			var result struct{ Name, Status string }
			if err := json.Unmarshal([]byte(line), &result); err != nil || result.Status != "done" {
				t.Errorf("index %s: %s: %v", p.index(), line, err)
			}
			if other, ok := of[result.Name]; ok {
				t.Errorf("%s is in the shards of the indexes %s and %s", result.Name, other, p.index())
			}
			of[result.Name] = p.index()
		}
	}
	if len(of) != specCount {
		t.Errorf("the shards have %d specs, and not %d", len(of), specCount)
	}
}

// checkContent compares what the registries hold with what they hold after a single run.
func (s *kubeScene) checkContent(t *testing.T, want map[string]string) {
	t.Helper()
	got := s.content(t)
	if len(got) < 2*specCount {
		t.Errorf("only %d manifests", len(got))
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s: %s", name, cmp.Diff(want[name], got[name]))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is not there after a single run", name)
		}
	}
}
