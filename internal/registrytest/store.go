package registrytest

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
)

// A store holds repositories, which share nothing, and the uploads that are under way. What it hands
// out is never written to again.
type store struct {
	mu           sync.RWMutex
	repositories map[string]*repository
	uploads      map[string]*upload
}

// A repository is there from its first blob or manifest on. Keys are digests, but for tags.
type repository struct {
	blobs     map[string][]byte
	manifests map[string]manifest
	tags      map[string]string
}

func newStore() *store {
	return &store{repositories: map[string]*repository{}, uploads: map[string]*upload{}}
}

// repository returns one to read from, which is empty if the name is unknown. The lock is held by the
// caller, here and below.
func (s *store) repository(name string) *repository {
	if r := s.repositories[name]; r != nil {
		return r
	}
	return &repository{}
}

// create returns a repository to write to.
func (s *store) create(name string) *repository {
	r := s.repositories[name]
	if r == nil {
		r = &repository{blobs: map[string][]byte{}, manifests: map[string]manifest{}, tags: map[string]string{}}
		s.repositories[name] = r
	}
	return r
}

// find returns the manifest that a route names.
func (r *repository) find(rt route) (digest string, m manifest, ok bool) {
	digest = rt.digest
	if rt.tag != "" {
		digest = r.tags[rt.tag]
	}
	m, ok = r.manifests[digest]
	return digest, m, ok
}

// sortedTags are in the order of bytes, as in distribution.
func (r *repository) sortedTags() []string {
	tags := make([]string, 0, len(r.tags))
	for tag := range r.tags {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}
