package remote

import (
	"fmt"
	"testing"

	"github.com/manifest-tool/manifest-tool/registry"
)

// The cache keeps the newest manifests, and no more bytes than maxCached.
func TestCacheIsFlat(t *testing.T) {
	c := cacheView{manifestCache: &manifestCache{}, repository: "a"}
	var all []registry.Manifest
	for i := range 100 {
		m := registry.NewManifest("x", fmt.Appendf(make([]byte, 1<<20), "%d", i))
		all = append(all, m)
		c.put(m, true)
		c.put(m, true)
		if _, ok := c.get(m.Digest); !ok || c.size > maxCached || len(c.order) != len(c.manifests) {
			t.Fatalf("after %d: kept %v, %d bytes, %d of %d", i, ok, c.size, len(c.order), len(c.manifests))
		}
	}
	if _, ok := c.get(all[0].Digest); ok {
		t.Error("the oldest is still there")
	}
}
