package registrytest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"
)

// Tag returns the digest that a tag stands for, whether or not that manifest is still there.
func (g *Registry) Tag(repository, tag string) (digest string, ok bool) {
	g.store.mu.RLock()
	defer g.store.mu.RUnlock()
	digest, ok = g.store.repository(repository).tags[tag]
	return digest, ok
}

// Manifest returns a manifest as it was put.
func (g *Registry) Manifest(repository, digest string) (mediaType string, raw []byte, ok bool) {
	g.store.mu.RLock()
	defer g.store.mu.RUnlock()
	m, ok := g.store.repository(repository).manifests[digest]
	return string(m.mediaType), bytes.Clone(m.raw), ok
}

// HasBlob reports whether a repository holds a blob.
func (g *Registry) HasBlob(repository, digest string) bool {
	g.store.mu.RLock()
	defer g.store.mu.RUnlock()
	_, ok := g.store.repository(repository).blobs[digest]
	return ok
}

// Uploads is how many upload sessions are open.
func (g *Registry) Uploads() int {
	g.store.mu.RLock()
	defer g.store.mu.RUnlock()
	return len(g.store.uploads)
}

// DeleteBlob takes a blob away as a garbage collection would, whatever refers to it.
func (g *Registry) DeleteBlob(repository, digest string) {
	g.store.mu.Lock()
	defer g.store.mu.Unlock()
	delete(g.store.repository(repository).blobs, digest)
}

// DeleteManifest takes a manifest away, but no tag or index that refers to it.
func (g *Registry) DeleteManifest(repository, digest string) {
	g.store.mu.Lock()
	defer g.store.mu.Unlock()
	delete(g.store.repository(repository).manifests, digest)
}

// Push stores an image or index with everything it refers to under a tag, or by its digest alone if
// the tag is empty. The checks are those of a PUT; the request log knows nothing of it.
func (g *Registry) Push(t testing.TB, repository, tag string, a Artifact) {
	t.Helper()
	if err := g.keep(repository, tag, a); err != nil {
		t.Fatalf("push to %s: %v", repository, err)
	}
}

func (g *Registry) keep(repository, tag string, a Artifact) error {
	if !validName(repository) {
		return errNameInvalid.about(repository)
	}
	if tag != "" && !tagGrammar.MatchString(tag) {
		return errTagInvalid.about(tag)
	}
	for _, digest := range slices.Sorted(maps.Keys(a.Blobs)) {
		if err := g.store.putBlob(repository, digest, bytes.Clone(a.Blobs[digest])); err != nil {
			return err
		}
	}
	for _, child := range a.Children {
		if err := g.keep(repository, "", child); err != nil {
			return fmt.Errorf("child %s: %w", child.Digest, err)
		}
	}
	rt := route{endpoint: manifestEndpoint, name: repository, tag: tag, digest: a.Digest}
	_, err := g.store.putManifest(rt, a.MediaType, bytes.Clone(a.Manifest), g.options)
	return err
}
