package remote

import (
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// maxCached limits the bytes of kept manifests. Four manifests of the maximum size fit.
const maxCached = 16 << 20

// A manifestCache keeps manifests and configs that were read, so that a copy does not fetch them again. The oldest
// make room for new ones. The key includes the repository, because a manifest in one repository may be missing in
// another. A nil cache keeps nothing.
type manifestCache struct {
	mu        sync.Mutex
	size      int
	manifests map[cacheKey]registry.Manifest
	order     []cacheKey // oldest first
}

type cacheKey struct {
	repository string
	digest     v1.Hash
}

func (c *manifestCache) get(repository string, digest v1.Hash) (registry.Manifest, bool) {
	if c == nil {
		return registry.Manifest{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m, ok := c.manifests[cacheKey{repository, digest}]
	return m, ok
}

func (c *manifestCache) put(repository string, m registry.Manifest) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := cacheKey{repository, m.Digest}
	if _, ok := c.manifests[key]; ok {
		return
	}
	for len(c.order) > 0 && c.size+len(m.Bytes) > maxCached {
		c.size -= len(c.manifests[c.order[0]].Bytes)
		delete(c.manifests, c.order[0])
		c.order = c.order[1:]
	}
	if c.manifests == nil {
		c.manifests = map[cacheKey]registry.Manifest{}
	}
	c.size += len(m.Bytes)
	c.manifests[key], c.order = m, append(c.order, key)
}
