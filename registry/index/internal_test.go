package index

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// FuzzObject holds that an object keeps its keys, their order, and the bytes of their values.
func FuzzObject(f *testing.F) {
	f.Add(`{"b":1,"a":{"x": [1.0,"é"]},"":null,"manifests":[]}`)
	f.Add(`{"manifests":[]}`)
	f.Fuzz(func(t *testing.T, raw string) {
		if _, err := registry.Identify(string(types.OCIImageIndex), []byte(raw)); err != nil {
			t.Skip()
		}
		o, err := parseObject([]byte(raw))
		if err != nil {
			t.Skip()
		}
		again, err := parseObject(o.bytes())
		if err != nil || cmp.Diff(o.keys, again.keys) != "" || cmp.Diff(o.values, again.values) != "" {
			t.Errorf("%q becomes %q, %v", raw, o.bytes(), err)
		}
	})
}

// The time to find the kinds of entries grows with their number.
func TestClassifyManyEntries(t *testing.T) {
	descriptors := make([]v1.Descriptor, 100_000)
	for i := range descriptors {
		descriptors[i].Annotations = map[string]string{"a": "b"}
	}
	start := time.Now()
	if entries := classify(descriptors); len(entries) != len(descriptors) {
		t.Errorf("%d entries", len(entries))
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it takes %v", took)
	}
}
