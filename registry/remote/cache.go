package remote

import (
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// maxCached bounds the manifests that are kept in memory: those of four images with manifests of the largest size.
const maxCached = 16 << 20

// A manifestCache keeps manifests (and configs) that were read, so that what a plan copies is not fetched
// again. The oldest make room for new ones, so a run of many images is flat. They are kept by repository too: that one holds a manifest says nothing of another. A nil
// cache keeps nothing.
type manifestCache struct {
	mu        sync.Mutex
	size      int
	manifests map[cacheKey]registry.Manifest
	order     []cacheKey // the oldest first
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
