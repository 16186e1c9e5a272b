package registrytest

import (
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// maxManifest is what registries have to take at least (spec, "Pushing Manifests"); distribution
// and zot take no more.
const maxManifest = 4 << 20

// getManifest answers GET and HEAD. A type that the client does not accept by its name is not there
// for it: distribution does so with OCI types, and refuses or rewrites Docker's.
func (g *Registry) getManifest(w http.ResponseWriter, r *http.Request, c call) error {
	digest, m, ok := g.store.manifest(c.route)
	if !ok {
		return errManifestUnknown.about(map[string]string{"tag": c.tag, "digest": digest})
	}
	if !accepts(r.Header["Accept"], string(m.mediaType)) {
		return errManifestUnknown.because("not accepted by the client: " + string(m.mediaType))
	}
	h := w.Header()
	h.Set("Content-Type", string(m.mediaType))
	h.Set("Content-Length", strconv.Itoa(len(m.raw)))
	h.Set("Docker-Content-Digest", digest)
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(m.raw) // an error means that the client went away
	}
	return nil
}

// putManifest answers PUT by tag or digest (spec, "Pushing Manifests").
func (g *Registry) putManifest(w http.ResponseWriter, r *http.Request, c call) error {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxManifest+1))
	if err != nil {
		return errManifestInvalid.because("the body broke off: " + err.Error())
	}
	if len(raw) > maxManifest {
		return errManifestInvalid.because("larger than 4 MiB")
	}
	digest, err := g.store.putManifest(c.route, r.Header.Get("Content-Type"), raw, g.options)
	if err != nil {
		return err
	}
	w.Header().Set("Location", g.location(r, c.name, "manifests", digest))
	w.Header().Set("Docker-Content-Digest", digest)
	if m, err := parseManifest(r.Header.Get("Content-Type"), raw); err == nil && m.subject != nil && g.options.Referrers {
		w.Header().Set("OCI-Subject", m.subject.Digest.String())
	}
	w.WriteHeader(http.StatusCreated)
	return nil
}

// deleteManifest takes away a tag, or a manifest with its tags, whatever refers to it (spec,
// "Deleting tags" and "Deleting Manifests").
func (g *Registry) deleteManifest(w http.ResponseWriter, _ *http.Request, c call) error {
	if !g.options.AllowDelete {
		return errUnsupported
	}
	if !g.store.deleteManifest(c.route) {
		return errManifestUnknown.about(map[string]string{"tag": c.tag, "digest": c.digest})
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// accepts looks a type up in Accept headers. Wildcards count for nothing, as in distribution.
func accepts(headers []string, mediaType string) bool {
	for _, header := range headers {
		for value := range strings.SplitSeq(header, ",") {
			if t, _, err := mime.ParseMediaType(value); err == nil && t == mediaType {
				return true
			}
		}
	}
	return false
}

func (s *store) manifest(rt route) (string, manifest, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.repository(rt.name).find(rt)
}

// putManifest keeps a manifest, under a tag if the route has one, once everything about it is right.
func (s *store) putManifest(rt route, mediaType string, raw []byte, o Options) (string, error) {
	digest := digestOf(raw)
	if rt.digest != "" && rt.digest != digest {
		return "", errDigestInvalid.about(map[string]string{"digest": digest})
	}
	m, err := parseManifest(mediaType, raw)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.repository(rt.name).holdsAll(m); err != nil && !o.Unchecked {
		return "", err
	}
	if m.subject != nil && o.SubjectsFirst {
		if _, ok := s.repository(rt.name).manifests[m.subject.Digest.String()]; !ok {
			return "", errManifestInvalid.because("the subject is not known to this repository").about(m.subject.Digest.String())
		}
	}
	repository := s.create(rt.name)
	if _, exists := repository.tags[rt.tag]; exists && o.ImmutableTags {
		return "", errTagInvalid.because("the tag exists and is immutable").about(rt.tag)
	}
	repository.manifests[digest] = m
	if rt.tag != "" {
		repository.tags[rt.tag] = digest
	}
	return digest, nil
}

func (s *store) deleteManifest(rt route) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	repository := s.repository(rt.name)
	if rt.tag != "" {
		_, ok := repository.tags[rt.tag]
		delete(repository.tags, rt.tag)
		return ok
	}
	_, ok := repository.manifests[rt.digest]
	delete(repository.manifests, rt.digest)
	for tag, digest := range repository.tags {
		if digest == rt.digest {
			delete(repository.tags, tag)
		}
	}
	return ok
}
