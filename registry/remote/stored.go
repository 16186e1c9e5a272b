package remote

import (
	"context"
	"encoding/hex"
	"hash/maphash"
	"maps"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// maxStored limits how many blobs and manifests a session remembers, at about 60 bytes each.
const maxStored = 1 << 14

// A storedRecord is what a session has stored in the repositories of registries. The images of a run share blobs and
// manifests: the session sends each of them to a repository once. A nil record remembers nothing.
type storedRecord struct {
	mu        sync.Mutex
	sending   map[storedKey]*sentBlob
	blobs     map[storedKey]bool // whether the bytes were sent, whatever the registry had
	manifests map[storedKey]bool
}

// A storedKey is a digest in a repository, in few bytes: a run may store many thousand.
type storedKey struct {
	repository uint64
	digest     [32]byte
}

var storedSeed = maphash.MakeSeed()

func storedKeyOf(repository string, digest v1.Hash) (key storedKey) {
	key.repository = maphash.String(storedSeed, repository)
	hex.Decode(key.digest[:], []byte(digest.Hex))
	return key
}

// A sentBlob is a blob on its way to a repository.
type sentBlob struct {
	done   chan struct{} // closed at the end
	err    error
	forced bool
}

// blob calls send, unless this session has sent the blob to the repository. If another goroutine sends the blob, blob
// waits for the result, and calls send if that failed. A forced blob is sent although one that was not forced is there.
func (s *storedRecord) blob(ctx context.Context, key storedKey, forced bool, send func() (registry.Transfer, error)) (registry.Transfer, error) {
	if s == nil {
		return send()
	}
	for {
		sent, ours := s.begin(key, forced)
		switch {
		case sent == nil:
			return registry.Present, nil
		case ours:
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

// begin returns the blob that is on its way, or a new one, which the caller has to send, or nil for a blob that was sent.
func (s *storedRecord) begin(key storedKey, forced bool) (sent *sentBlob, ours bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wasForced, ok := s.blobs[key]; ok && (wasForced || !forced) {
		return nil, false
	}
	if sent = s.sending[key]; sent != nil && (sent.forced || !forced) {
		return sent, false
	}
	if s.sending == nil {
		s.sending = map[storedKey]*sentBlob{}
	}
	sent = &sentBlob{done: make(chan struct{}), forced: forced}
	s.sending[key] = sent
	return sent, true
}

// end gives the result to those who wait. A blob that failed may be sent again.
func (s *storedRecord) end(key storedKey, sent *sentBlob, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sending[key] == sent {
		delete(s.sending, key)
		if err == nil {
			s.blobs = remember(s.blobs, key, sent.forced)
		}
	}
	sent.err = err
	close(sent.done)
}

// remember sets a value in a map, which starts again when it is full.
func remember(in map[storedKey]bool, key storedKey, value bool) map[storedKey]bool {
	if in == nil || len(in) >= maxStored {
		in = map[storedKey]bool{}
	}
	in[key] = value
	return in
}

// keepManifest remembers a manifest that the registry has accepted.
func (s *storedRecord) keepManifest(key storedKey) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.manifests = remember(s.manifests, key, true)
}

func (s *storedRecord) hasManifest(key storedKey) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.manifests[key]
}

// forget forgets what a repository has when the registry refuses a manifest: the registry may lack some of it. The
// codes for that differ. What is on its way is not forgotten.
func (s *storedRecord) forget(repository string, err error) {
	if s == nil || !hasAnswer(err) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	isThere := func(key storedKey, _ bool) bool {
		return key.repository == storedKeyOf(repository, v1.Hash{}).repository
	}
	maps.DeleteFunc(s.manifests, isThere)
	maps.DeleteFunc(s.blobs, isThere)
}

// key is the key of a digest in this repository.
func (r *Repository) key(digest v1.Hash) storedKey { return storedKeyOf(r.name.Name(), digest) }

// Stored reports whether this session has stored a manifest in the repository: see [registry.Recorder].
func (r *Repository) Stored(digest v1.Hash) bool { return r.stored.hasManifest(r.key(digest)) }
