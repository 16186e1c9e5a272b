package registrytest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// acceptedTypes is what a walk asks for.
var acceptedTypes = []string{
	"application/vnd.oci.image.index.v1+json",
	"application/vnd.oci.image.manifest.v1+json",
	"application/vnd.docker.distribution.manifest.list.v2+json",
	"application/vnd.docker.distribution.manifest.v2+json",
}

// A Walker looks at registries as any client would. It is nobody's client but plain net/http, so
// that it shares no mistake with what it checks.
type Walker struct{ Client *http.Client }

// A Reached is what a walk found under a name.
type Reached struct {
	Digest  string // of the bytes there; empty where there are none
	Size    int
	Objects int     // manifests and blobs that are right
	Wrong   []error // what is missing, or is not what it is said to be
}

// Walk goes from a tag or digest at http://HOST to every manifest and blob below it.
func (w Walker) Walk(host, repository, reference string) Reached {
	raw, err := w.read(host, repository, "manifests", reference)
	if err != nil {
		return Reached{Wrong: []error{err}}
	}
	r := Reached{Digest: digestOf(raw), Size: len(raw), Objects: 1}
	if strings.Contains(reference, ":") && r.Digest != reference {
		r.Wrong = append(r.Wrong, fmt.Errorf("%s: the content has the digest %s", reference, r.Digest))
	}
	type descriptor struct {
		Digest string
		Size   int
	}
	var doc struct {
		Manifests, Layers []descriptor
		Config            *descriptor
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		r.Wrong = append(r.Wrong, fmt.Errorf("%s: %w", reference, err))
	}
	for _, d := range doc.Manifests {
		child := w.Walk(host, repository, d.Digest)
		r.Objects += child.Objects
		r.Wrong = append(r.Wrong, child.Wrong...)
		if child.Digest != "" && child.Size != d.Size {
			r.Wrong = append(r.Wrong, fmt.Errorf("%s: it has %d bytes, not %d", d.Digest, child.Size, d.Size))
		}
	}
	if doc.Config != nil {
		doc.Layers = append(doc.Layers, *doc.Config)
	}
	for _, d := range doc.Layers {
		blob, err := w.read(host, repository, "blobs", d.Digest)
		switch {
		case err != nil:
			r.Wrong = append(r.Wrong, err)
		case digestOf(blob) != d.Digest || len(blob) != d.Size:
			r.Wrong = append(r.Wrong, fmt.Errorf("blob %s: %d bytes with the digest %s, not %d", d.Digest, len(blob), digestOf(blob), d.Size))
		default:
			r.Objects++
		}
	}
	return r
}

// Manifest returns the bytes under a tag or digest.
func (w Walker) Manifest(host, repository, reference string) ([]byte, error) {
	return w.read(host, repository, "manifests", reference)
}

func (w Walker) read(host, repository, kind, reference string) ([]byte, error) {
	url := "http://" + host + "/v2/" + repository + "/" + kind + "/" + reference
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header["Accept"] = acceptedTypes
	resp, err := w.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	return io.ReadAll(resp.Body)
}
