package registry

import (
	"errors"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A State is what the world looks like to a spec: the images behind its entries, and what the
// target holds already.
type State struct {
	Entries []Found            // one for each entry of the spec
	Tags    map[string]v1.Hash // what the target's tags hold; a tag that is not there is absent
	Present map[v1.Hash]bool   // which of the images the target holds already
}

// denied is a source that may be missing or hidden. Docker Hub says of what does not exist that access
// is denied; that is only believed where it has let us in for the target.
func (s State) denied() error {
	for _, found := range s.Entries {
		if errors.Is(found.Missing, ErrDenied) {
			return found.Missing
		}
	}
	return nil
}

// Found is what stands behind one entry.
type Found struct {
	Images []Image
	// Absent are images that the index in a docker archive lists, and that are not beside it.
	Absent []v1.Descriptor
	// Missing is set where the entry's reference does not exist.
	Missing error
}

// An Image is one image to put into an index.
type Image struct {
	Place spec.Place
	// Descriptor is how it was found, with platform and annotations where its index gave them.
	Descriptor   v1.Descriptor
	Config       v1.Platform     // what its config says
	Blobs        []v1.Descriptor // config and layers
	Attestations []Image         // what its index holds about it
}

// holdings is the part of a State that many goroutines find out together.
type holdings struct {
	mu    sync.Mutex
	state State
	letIn bool // whether the target has answered for a tag
}

func (h *holdings) setLetIn() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.letIn = true
}

func (h *holdings) setTag(tag string, digest v1.Hash) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.Tags[tag] = digest
}

func (h *holdings) setPresent(digest v1.Hash) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.Present[digest] = true
}
