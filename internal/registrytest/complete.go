package registrytest

import (
	"fmt"
)

// Complete walks from a tag to every manifest and blob below it and reports what is missing in that
// repository, or is not what its descriptor and digest say.
func (g *Registry) Complete(repository, tag string) error {
	g.store.mu.RLock()
	defer g.store.mu.RUnlock()
	r := g.store.repository(repository)
	digest, ok := r.tags[tag]
	if !ok {
		return fmt.Errorf("%s:%s: no such tag", repository, tag)
	}
	if err := (walk{r, map[string]bool{}}).manifest(digest); err != nil {
		return fmt.Errorf("%s:%s: %w", repository, tag, err)
	}
	return nil
}

type walk struct {
	repository *repository
	seen       map[string]bool
}

func (w walk) manifest(digest string) error {
	if w.seen[digest] {
		return nil
	}
	w.seen[digest] = true
	m, ok := w.repository.manifests[digest]
	if !ok {
		return fmt.Errorf("manifest %s is not there", digest)
	}
	if digestOf(m.raw) != digest {
		return fmt.Errorf("manifest %s holds other bytes", digest)
	}
	if err := w.repository.holdsAll(m); err != nil {
		return fmt.Errorf("manifest %s: %w", digest, err)
	}
	for _, d := range m.blobs {
		if digest := d.Digest.String(); digestOf(w.repository.blobs[digest]) != digest {
			return fmt.Errorf("blob %s holds other bytes", digest)
		}
	}
	for _, d := range m.children {
		if err := w.manifest(d.Digest.String()); err != nil {
			return err
		}
	}
	return nil
}
