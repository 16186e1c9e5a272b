package remote

import (
	"context"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// maxStored limits how many blobs and manifests a session remembers, at about 200 bytes each.
const maxStored = 1 << 14

// A storedRecord is what a session has stored in the repositories of registries. The images of a run share blobs and
// manifests: the session sends each of them to a repository once. A nil record remembers nothing.
type storedRecord struct {
	mu        sync.Mutex
	blobs     map[cacheKey]*sentBlob
	manifests map[cacheKey]bool
}

// A sentBlob is a blob on its way to a repository, or there.
type sentBlob struct {
	done   chan struct{} // closed at the end
	err    error
	forced bool // its bytes were sent, whatever the registry had
}

// blob calls send, unless this session has sent the blob to the repository. If another goroutine sends the blob, blob
// waits for the result, and calls send if that failed. A forced blob is sent although one that was not forced is there.
func (s *storedRecord) blob(ctx context.Context, key cacheKey, forced bool, send func() (registry.Transfer, error)) (registry.Transfer, error) {
	if s == nil {
		return send()
	}
	for {
		sent, ours := s.begin(key, forced)
		if ours {
			how, err := send()
			s.end(key, sent, err)
			return how, err
		}
		select {
		case <-sent.done:
			if sent.err == nil {
				return registry.Present, nil
			}
		case <-ctx.Done():
			return registry.Present, ctx.Err()
		}
	}
}

// begin returns the blob that was sent before, or a new one, which the caller has to send.
func (s *storedRecord) begin(key cacheKey, forced bool) (sent *sentBlob, ours bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sent = s.blobs[key]; sent != nil && (sent.forced || !forced) {
		return sent, false
	}
	if s.blobs == nil || len(s.blobs) >= maxStored {
		s.blobs = map[cacheKey]*sentBlob{}
	}
	sent = &sentBlob{done: make(chan struct{}), forced: forced}
	s.blobs[key] = sent
	return sent, true
}

// end gives the result to those who wait. A blob that failed may be sent again.
func (s *storedRecord) end(key cacheKey, sent *sentBlob, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sent.err = err; err != nil && s.blobs[key] == sent {
		delete(s.blobs, key)
	}
	close(sent.done)
}

// keepManifest remembers a manifest that the registry has accepted.
func (s *storedRecord) keepManifest(key cacheKey) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.manifests == nil || len(s.manifests) >= maxStored {
		s.manifests = map[cacheKey]bool{}
	}
	s.manifests[key] = true
}

func (s *storedRecord) hasManifest(key cacheKey) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.manifests[key]
}

// forget forgets what a repository has when the registry refuses a manifest: the registry may lack some of it. The
// codes for that differ.
func (s *storedRecord) forget(repository string, err error) {
	if s == nil || !hasAnswer(err) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range s.manifests {
		if key.repository == repository {
			delete(s.manifests, key)
		}
	}
	for key, sent := range s.blobs {
		select {
		case <-sent.done:
			if key.repository == repository {
				delete(s.blobs, key)
			}
		default: // on its way
		}
	}
}

// key is the key of a digest in this repository.
func (r *Repository) key(digest v1.Hash) cacheKey { return cacheKey{r.name.Name(), digest} }

// Stored reports whether this session has stored a manifest in the repository: see [registry.Recorder].
func (r *Repository) Stored(digest v1.Hash) bool { return r.stored.hasManifest(r.key(digest)) }
