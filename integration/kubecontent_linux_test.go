package integration

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

func (s *kubeScene) content(t *testing.T) map[string]string {
	holds := contentOf(t, "a", s.registryA.Host)
	maps.Copy(holds, contentOf(t, "b", s.registryB.Host))
	return holds
}

// contentOf is every manifest of every tag of a registry, and of every index, with its media type. All blobs are there.
func contentOf(t *testing.T, registry, host string) map[string]string {
	t.Helper()
	holds := map[string]string{}
	var catalog struct{ Repositories []string }
	getJSON(t, "http://"+host+"/v2/_catalog?n=1000", &catalog)
	for _, repository := range catalog.Repositories {
		var list struct{ Tags []string }
		getJSON(t, fmt.Sprintf("http://%s/v2/%s/tags/list", host, repository), &list)
		for _, tag := range list.Tags {
			if _, err := scripttest.Walk(host + "/" + repository + ":" + tag); err != nil {
				t.Errorf("%s %s:%s: %v", registry, repository, tag, err)
			}
			readManifests(t, host, repository, tag, func(ref, content string) { holds[registry+" "+repository+" "+ref] = content })
		}
	}
	return holds
}

func readManifests(t *testing.T, host, repository, ref string, found func(ref, content string)) {
	t.Helper()
	mediaType, raw := get(t, fmt.Sprintf("http://%s/v2/%s/manifests/%s", host, repository, ref))
	found(ref, mediaType+"\n"+string(raw))
	var index struct{ Manifests []descriptor }
	if err := json.Unmarshal(raw, &index); err != nil {
		t.Fatal(err)
	}
	for _, child := range index.Manifests {
		readManifests(t, host, repository, child.Digest, found)
	}
}

func getJSON(t *testing.T, url string, into any) {
	t.Helper()
	if _, raw := get(t, url); json.Unmarshal(raw, into) != nil {
		t.Fatalf("%s: %s", url, raw)
	}
}

func get(t *testing.T, url string) (mediaType string, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/vnd.oci.image.index.v1+json, "+manifestType+", application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %v", url, resp.Status, err)
	}
	return resp.Header.Get("Content-Type"), body
}
