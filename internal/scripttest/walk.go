package scripttest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// The client here is deliberately nobody's: plain net/http, so that it shares no mistake with what
// it checks.

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

// Walk reads what HOST/REPOSITORY:TAG holds, once, as it may move meanwhile, and goes on from there
// to every manifest and blob below it. It gives the digest also beside an error, if there is one.
func Walk(name string) (digest string, err error) {
	raw, err := get(name)
	if err != nil {
		return "", err
	}
	digest = digestOf(raw)
	_, err = walk(repositoryOf(name) + "@" + digest)
	return digest, err
}

// walk goes from HOST/REPOSITORY:TAG (or @DIGEST) to every manifest and blob below it, and counts
// them.
func walk(name string) (int, error) {
	raw, err := get(name)
	if err != nil {
		return 0, err
	}
	var doc struct {
		Manifests, Layers []descriptor
		Config            *descriptor
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	repository := repositoryOf(name)
	found := 1
	for _, d := range doc.Manifests {
		n, err := walk(repository + "@" + d.Digest)
		if err != nil {
			return found, err
		}
		found += n
	}
	if doc.Config != nil {
		doc.Layers = append(doc.Layers, *doc.Config)
	}
	for _, d := range doc.Layers {
		host, path, _ := strings.Cut(repository, "/")
		blob, err := read("http://" + host + "/v2/" + path + "/blobs/" + d.Digest)
		if err != nil {
			return found, err
		}
		if digest := digestOf(blob); digest != d.Digest || int64(len(blob)) != d.Size {
			return found, fmt.Errorf("%s: blob %s is %s with %d bytes", name, d.Digest, digest, len(blob))
		}
		found++
	}
	return found, nil
}

func repositoryOf(name string) string {
	name, _, _ = strings.Cut(name, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	return name
}

// get reads the manifest behind HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST.
func get(name string) ([]byte, error) {
	repository := repositoryOf(name)
	reference := strings.TrimLeft(strings.TrimPrefix(name, repository), ":@")
	host, path, _ := strings.Cut(repository, "/")
	raw, err := read("http://" + host + "/v2/" + path + "/manifests/" + reference)
	if err == nil && strings.HasPrefix(reference, "sha256:") && digestOf(raw) != reference {
		err = fmt.Errorf("%s: the bytes are %s", name, digestOf(raw))
	}
	return raw, err
}

func read(url string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	for _, t := range []string{"oci.image.index.v1", "oci.image.manifest.v1", "docker.distribution.manifest.list.v2", "docker.distribution.manifest.v2"} {
		req.Header.Add("Accept", "application/vnd."+t+"+json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

func digestOf(b []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(b)) }
