package index

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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
