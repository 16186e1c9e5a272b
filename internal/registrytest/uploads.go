package registrytest

import (
	"io"
	"net/http"
	"strconv"
	"strings"
)

// startUpload mounts a blob or opens an upload session (spec, "POST then PUT" and "Mounting a blob
// from another repository"). A digest in the query does nothing: distribution takes no blob in one
// request.
func (g *Registry) startUpload(w http.ResponseWriter, r *http.Request, c call) error {
	query := r.URL.Query()
	digest, from := query.Get("mount"), query.Get("from")
	if validDigest(digest) && validName(from) && !g.options.RefuseMounts && c.may(from, Pull) {
		if g.store.mount(c.name, from, digest) {
			g.created(w, r, c, digest)
			return nil
		}
	}
	g.progress(w, r, g.store.startUpload(c.name), http.StatusAccepted)
	return nil
}

// getUpload reports how far an upload has come (spec, "Pushing a blob in chunks").
func (g *Registry) getUpload(w http.ResponseWriter, r *http.Request, c call) error {
	u, err := g.store.upload(c, r.URL.Query().Get("_state"))
	if err != nil {
		return err
	}
	g.progress(w, r, u, http.StatusNoContent)
	return nil
}

// patchUpload takes a chunk, which may be the whole blob. One that breaks off is not kept.
func (g *Registry) patchUpload(w http.ResponseWriter, r *http.Request, c call) error {
	u, err := g.receive(r, c)
	if err != nil {
		return err
	}
	g.progress(w, r, u, http.StatusAccepted)
	return nil
}

// putUpload takes the last chunk, or none, and ends the upload. If the digest is wrong all is lost, as
// in distribution.
func (g *Registry) putUpload(w http.ResponseWriter, r *http.Request, c call) error {
	digest := r.URL.Query().Get("digest")
	if !validDigest(digest) {
		if _, err := g.store.upload(c, r.URL.Query().Get("_state")); err != nil {
			return err
		}
		return errDigestInvalid.about(digest)
	}
	u, err := g.receive(r, c)
	if err != nil {
		return err
	}
	g.store.endUpload(u)
	if err := g.store.putBlob(c.name, digest, u.data); err != nil {
		return err
	}
	g.created(w, r, c, digest)
	return nil
}

// deleteUpload gives an upload up (distribution's API; the spec has no such endpoint).
func (g *Registry) deleteUpload(w http.ResponseWriter, r *http.Request, c call) error {
	u, err := g.store.upload(c, r.URL.Query().Get("_state"))
	if err != nil {
		return err
	}
	g.store.endUpload(u)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// progress answers with the state of an upload and the address for what comes next.
func (g *Registry) progress(w http.ResponseWriter, r *http.Request, u upload, status int) {
	h := w.Header()
	h.Set("Location", g.location(r, u.name, "blobs", "uploads", u.id)+"?"+u.query())
	h.Set("Range", u.received())
	h.Set("Docker-Upload-Uuid", u.id)
	w.WriteHeader(status)
}

// receive adds the body of a request to its upload. Everything but the body is checked first.
func (g *Registry) receive(r *http.Request, c call) (upload, error) {
	state := r.URL.Query().Get("_state")
	u, err := g.store.upload(c, state)
	if err == nil {
		err = u.current(state)
	}
	if err != nil {
		return upload{}, err
	}
	if t := r.Header.Get("Content-Type"); t != "" && t != "application/octet-stream" {
		return upload{}, errBlobUploadInvalid.because("a blob is of type application/octet-stream, not " + t)
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return upload{}, errBlobUploadInvalid.because("the body broke off: " + err.Error())
	}
	if contentRange := r.Header.Get("Content-Range"); contentRange != "" {
		if !coversRange(contentRange, len(u.data), len(data)) {
			return upload{}, errRangeInvalid.about(contentRange)
		}
	}
	return g.store.append(c, state, data)
}

// coversRange reports whether a Content-Range is where the upload stands and as long as the body. Its
// form is not that of HTTP: two numbers, both inclusive (spec, "Pushing a blob in chunks").
func coversRange(contentRange string, offset, length int) bool {
	first, last, ok := strings.Cut(contentRange, "-")
	return ok && first == strconv.Itoa(offset) && last == strconv.Itoa(offset+length-1)
}
