package registrytest

import (
	"bytes"
	"net/http"
	"time"
)

// getBlob answers GET and HEAD, also for a range of bytes (spec, "Pulling blobs").
func (g *Registry) getBlob(w http.ResponseWriter, r *http.Request, c call) error {
	blob, ok := g.store.blob(c.name, c.digest)
	if !ok {
		return errBlobUnknown.about(map[string]string{"digest": c.digest})
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Docker-Content-Digest", c.digest)
	h.Set("Etag", `"`+c.digest+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(blob))
	return nil
}

// deleteBlob does not ask what refers to the blob (spec, "Deleting Blobs").
func (g *Registry) deleteBlob(w http.ResponseWriter, _ *http.Request, c call) error {
	if !g.options.AllowDelete {
		return errUnsupported
	}
	if !g.HasBlob(c.name, c.digest) {
		return errBlobUnknown.about(map[string]string{"digest": c.digest})
	}
	g.DeleteBlob(c.name, c.digest)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// created answers that a blob is there.
func (g *Registry) created(w http.ResponseWriter, r *http.Request, c call, digest string) {
	w.Header().Set("Location", g.location(r, c.name, "blobs", digest))
	w.Header().Set("Docker-Content-Digest", digest)
	w.WriteHeader(http.StatusCreated)
}

func (s *store) blob(name, digest string) ([]byte, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	blob, ok := s.repository(name).blobs[digest]
	return blob, ok
}

// putBlob keeps a blob whose digest is right.
func (s *store) putBlob(name, digest string, blob []byte) error {
	if digestOf(blob) != digest {
		return errDigestInvalid.about(map[string]string{"digest": digest})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.create(name).blobs[digest] = blob
	return nil
}

// mount gives a repository a blob of another one, if that has it.
func (s *store) mount(name, from, digest string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	blob, ok := s.repository(from).blobs[digest]
	if ok {
		s.create(name).blobs[digest] = blob
	}
	return ok
}
