package registrytest

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// listReferrers lists what names a manifest as its subject, whether or not that is there (spec, "Listing
// Referrers").
func (g *Registry) listReferrers(w http.ResponseWriter, r *http.Request, c call) error {
	g.store.mu.RLock()
	referrers := []v1.Descriptor{}
	manifests := g.store.repository(c.name).manifests
	for _, digest := range slices.Sorted(maps.Keys(manifests)) {
		m := manifests[digest]
		if m.subject == nil || m.subject.Digest.String() != c.digest {
			continue
		}
		d := describe(m.mediaType, m.raw)
		d.ArtifactType, d.Annotations = m.artifactType, m.annotations
		referrers = append(referrers, d)
	}
	g.store.mu.RUnlock()
	last := r.URL.Query().Get("last")
	referrers = slices.DeleteFunc(referrers, func(d v1.Descriptor) bool { return cmp.Compare(d.Digest.String(), last) <= 0 })
	if n := g.options.PageSize; n > 0 && n < len(referrers) {
		referrers = referrers[:n]
		query := url.Values{"last": {referrers[n-1].Digest.String()}}
		w.Header().Set("Link", "</v2/"+c.name+"/referrers/"+c.digest+"?"+query.Encode()+`>; rel="next"`)
	}
	w.Header().Set("Content-Type", string(types.OCIImageIndex))
	w.Write(mustJSON(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: referrers}))
	return nil
}

// Refer makes something that refers to a manifest, in the way that signers and scanners do: an artifact with
// the empty config.
func Refer(subject v1.Descriptor, artifactType, content string) Artifact {
	a := Artifact{MediaType: string(types.OCIManifestSchema1), Blobs: map[string][]byte{}}
	subject = v1.Descriptor{MediaType: subject.MediaType, Digest: subject.Digest, Size: subject.Size}
	a.setManifest(v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.OCIManifestSchema1,
		ArtifactType:  artifactType,
		Config:        a.addBlob(types.OCIEmptyJSON, []byte("{}")),
		Layers:        []v1.Descriptor{a.addBlob(types.MediaType(artifactType), []byte(content))},
		Subject:       &subject,
		Annotations:   map[string]string{"org.example.about": content},
	})
	return a
}

// ReferTo is Refer for an artifact.
func ReferTo(subject Artifact, content string) Artifact {
	return Refer(subject.descriptor(), "application/vnd.example.about", content)
}

// IndexAbout makes an index that names a subject.
func IndexAbout(subject Artifact, children ...Artifact) Artifact {
	d := subject.descriptor()
	d = v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}
	return compose(v1.IndexManifest{Subject: &d}, children...)
}

// Signature makes what cosign keeps under a tag: an image with a layer for each signature. What is signed is the
// same for all, and so are their blobs: the signature itself is an annotation.
func Signature(signatures ...string) Artifact { return CertifiedSignature("", signatures...) }

// CertifiedSignature is Signature with a certificate, as cosign keeps it without a key. The certificate is PEM.
func CertifiedSignature(certificate string, signatures ...string) Artifact {
	a := Artifact{MediaType: string(types.OCIManifestSchema1), Blobs: map[string][]byte{}}
	layers := []v1.Descriptor{}
	for _, signature := range signatures {
		layer := a.addBlob("application/vnd.dev.cosign.simplesigning.v1+json", []byte(`{"critical":{}}`))
		layer.Annotations = map[string]string{"dev.cosignproject.cosign/signature": signature}
		if certificate != "" {
			layer.Annotations["dev.sigstore.cosign/certificate"] = certificate
		}
		layers = append(layers, layer)
	}
	a.setManifest(v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.OCIManifestSchema1,
		Config:        a.addBlob(types.OCIConfigJSON, []byte(`{"architecture":"","os":""}`)),
		Layers:        layers,
	})
	return a
}

// PushReferrer uploads what refers to a manifest as a client has to: on a registry that does not list it
// by itself, it is added to the list under the tag for that (spec, "Pushing Manifests with Subject").
func (a Artifact) PushReferrer(baseURL, repository, subject string) error {
	base := baseURL + "/v2/" + repository
	if err := a.Push(baseURL, repository, ""); err != nil {
		return err
	}
	resp, err := send(http.MethodPut, base+"/manifests/"+a.Digest, a.MediaType, a.Manifest, http.StatusCreated)
	if err != nil || resp.Header.Get("OCI-Subject") != "" {
		return err
	}
	list := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	host, tag := strings.TrimPrefix(baseURL, "http://"), strings.Replace(subject, ":", "-", 1)
	if raw, err := (Walker{pushClient}).Manifest(host, repository, tag); err == nil {
		if err := json.Unmarshal(raw, &list); err != nil {
			return err
		}
	}
	var m v1.Manifest
	if err := json.Unmarshal(a.Manifest, &m); err != nil {
		return err
	}
	d := a.descriptor()
	d.ArtifactType, d.Annotations = m.ArtifactType, m.Annotations
	list.Manifests = append(list.Manifests, d)
	_, err = send(http.MethodPut, base+"/manifests/"+tag, string(list.MediaType), mustJSON(list), http.StatusCreated)
	return err
}

// About lists what is about a manifest: the digests of what refers to it, and of what cosign keeps under
// tags, with what it is.
func (w Walker) About(host, repository, subject string) ([]string, error) {
	var list v1.IndexManifest
	tag := strings.Replace(subject, ":", "-", 1)
	raw, err := w.read(host, repository, "referrers", subject)
	if err != nil {
		raw, err = w.read(host, repository, "manifests", tag)
	}
	if err == nil {
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, err
		}
	}
	var about []string
	for _, d := range list.Manifests {
		about = append(about, d.Digest.String()+" "+d.ArtifactType+" "+d.Annotations["org.example.about"])
	}
	for _, suffix := range []string{".sig", ".att", ".sbom"} {
		if found := w.Walk(host, repository, tag+suffix); found.Digest != "" {
			about = append(about, found.Digest+" "+suffix)
		}
	}
	slices.Sort(about)
	return about, nil
}

// PushAbout stores what is about a manifest as a registry has it that does not list it by itself: something
// that refers to it, and a signature of cosign's.
func PushAbout(t testing.TB, g *Registry, repository string, a Artifact) {
	t.Helper()
	about := Refer(a.descriptor(), "application/vnd.example.about", "about")
	tag := strings.Replace(a.Digest, ":", "-", 1)
	g.Push(t, repository, tag, Index(false, about))
	g.Push(t, repository, tag+".sig", Signature("signature"))
}
