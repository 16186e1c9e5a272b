package registrytest

import (
	"fmt"
	"maps"
)

// A Snapshot is what a registry held at some time. Registries that start from the same one share
// nothing.
type Snapshot struct{ repositories map[string]*repository }

// Snapshot keeps what the registry holds now.
func (g *Registry) Snapshot() Snapshot {
	g.store.mu.RLock()
	defer g.store.mu.RUnlock()
	return Snapshot{cloneAll(g.store.repositories)}
}

// NewRegistry returns a registry that holds what the snapshot does.
func (s Snapshot) NewRegistry(o Options) *Registry {
	g := NewRegistry(o)
	g.store.repositories = cloneAll(s.repositories)
	return g
}

// Gone lists the manifests and blobs that a registry no longer has.
func (s Snapshot) Gone(g *Registry) []string {
	g.store.mu.RLock()
	defer g.store.mu.RUnlock()
	var gone []string
	for name, was := range s.repositories {
		is := g.store.repository(name)
		for digest := range was.blobs {
			if _, ok := is.blobs[digest]; !ok {
				gone = append(gone, fmt.Sprintf("%s: blob %s", name, digest))
			}
		}
		for digest := range was.manifests {
			if _, ok := is.manifests[digest]; !ok {
				gone = append(gone, fmt.Sprintf("%s: manifest %s", name, digest))
			}
		}
	}
	return gone
}

// Open returns a view of the registry for whoever wants to check it: it asks for no login, writes no
// request down and has no faults.
func (g *Registry) Open() *Registry {
	return &Registry{options: Options{}.withDefaults(), store: g.store, tokens: newTokens()}
}

func cloneAll(repositories map[string]*repository) map[string]*repository {
	all := make(map[string]*repository, len(repositories))
	for name, r := range repositories {
		all[name] = &repository{maps.Clone(r.blobs), maps.Clone(r.manifests), maps.Clone(r.tags)}
	}
	return all
}
