package drafts

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// TestSaysSame changes one field of an entry at a time.
func TestSaysSame(t *testing.T) {
	entry := func() spec.Entry {
		ref := list(t, "q.io/a:1")
		ref.Digest = v1.Hash{Algorithm: "sha256", Hex: "a"}
		return spec.Entry{Source: ref, Annotations: map[string]string{"k": "v"}}
	}
	for name, change := range map[string]func(*spec.Entry){
		"source":      func(e *spec.Entry) { e.Source.Tag = "2" },
		"platform":    func(e *spec.Entry) { e.Platform.OS = "linux" },
		"empty":       func(e *spec.Entry) { e.Empty = []string{"os.version"} },
		"no platform": func(e *spec.Entry) { e.NoPlatform = true },
		"annotations": func(e *spec.Entry) { e.Annotations = nil },
	} {
		changed := entry()
		if change(&changed); saysSame(entry(), changed) {
			t.Errorf("%s: no difference is seen", name)
		}
	}
	moved := entry()
	if moved.Source.Digest.Hex = "b"; !saysSame(entry(), moved) {
		t.Error("what the tag holds makes a difference")
	}
}
