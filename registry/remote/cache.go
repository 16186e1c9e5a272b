package remote

import (
	"bytes"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/cachedir"
)

const (
	// maxCached limits the bytes of kept manifests. Two manifests of the maximum size fit.
	maxCached = 8 << 20
	// cacheOverhead is what a kept manifest takes besides its bytes.
	cacheOverhead = 512
	// maxConfigOnDisk is the largest config that is kept in a folder.
	maxConfigOnDisk = 64 << 10
)

// A manifestCache keeps manifests and configs that were read, so that a copy does not fetch them again. The oldest
// make room for new ones. The key includes the repository, because a manifest in one repository may be missing in
// another. A nil cache keeps nothing.
type manifestCache struct {
	disk *cachedir.Dir // nil without --cache

	mu        sync.Mutex
	size      int
	manifests map[cacheKey]registry.Manifest
	order     []cacheKey      // oldest first
	recalled  map[string]bool // the repositories of which something was read from the folder
}

type cacheKey struct {
	repository string
	digest     v1.Hash
}

// A cacheView is the part of a cache for a repository. The scope is that of the folder.
type cacheView struct {
	*manifestCache
	repository, scope string
}

func (c cacheView) get(digest v1.Hash) (registry.Manifest, bool) {
	if c.manifestCache == nil || digest == (v1.Hash{}) {
		return registry.Manifest{}, false
	}
	if m, ok := c.kept(digest); ok {
		return m, true
	}
	m, ok := c.disk.Get(cachedir.Key{Scope: c.scope, Digest: digest})
	if ok {
		c.noteRecalled()
	}
	return m, ok
}

// noteRecalled notes that something was read from the folder. It is not kept in memory, because the system does that.
func (c cacheView) noteRecalled() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.recalled == nil {
		c.recalled = map[string]bool{}
	}
	c.recalled[c.repository] = true
}

// put keeps what the registry has sent, in the folder too if that is wanted.
func (c cacheView) put(m registry.Manifest, onDisk bool) {
	if c.manifestCache == nil {
		return
	}
	if c.keep(m) && onDisk {
		c.disk.Put(cachedir.Key{Scope: c.scope, Digest: m.Digest}, m)
	}
}

// mayBeGone reports whether a manifest may be known from an earlier run only: from its own file, or from that of an
// index.
func (c cacheView) mayBeGone(digest v1.Hash) bool {
	if c.manifestCache == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, isNew := c.manifests[cacheKey{c.repository, digest}]
	return c.recalled[c.repository] && !isNew
}

func (c cacheView) kept(digest v1.Hash) (registry.Manifest, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, ok := c.manifests[cacheKey{c.repository, digest}]
	return m, ok
}

// keep keeps a manifest in memory, and reports whether it is new.
func (c cacheView) keep(m registry.Manifest) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	key, size := cacheKey{c.repository, m.Digest}, len(m.Bytes)+cacheOverhead
	if _, ok := c.manifests[key]; ok {
		return false
	}
	for len(c.order) > 0 && c.size+size > maxCached {
		c.size -= len(c.manifests[c.order[0]].Bytes) + cacheOverhead
		delete(c.manifests, c.order[0])
		c.order = c.order[1:]
	}
	if c.manifests == nil {
		c.manifests = map[cacheKey]registry.Manifest{}
	}
	if cap(m.Bytes)-len(m.Bytes) > len(m.Bytes)/8 { // the buffer of a small manifest is mostly empty
		m.Bytes = slices.Clip(bytes.Clone(m.Bytes))
	}
	c.size += size
	c.manifests[key], c.order = m, append(c.order, key)
	return true
}
