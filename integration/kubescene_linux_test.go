package integration

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/internal/scripttest"
)

// A kubeScene is a control plane with a node, and two registries behind gates.
type kubeScene struct {
	api                  *kubeAPI
	node                 *kubeNode
	hold                 *hold
	a, b                 *gate
	registryA, registryB registry
}

func newKubeScene(t *testing.T) *kubeScene {
	t.Helper()
	s := &kubeScene{hold: newHold(holdAfter), registryA: startDistribution(t), registryB: startDistribution(t)}
	s.a, s.b = openGate(t, s.registryA.Host, s.hold), openGate(t, s.registryB.Host, s.hold)
	pushSources(t, s.registryA.Host)
	s.api = startControlPlane(t)
	s.prepareNamespace(t)
	s.node = startNode(t, s.api)
	specs := objectsIn(t, "../examples/kubernetes/specs.yaml")[0]
	specs["data"] = manySpecs(s.a.host, s.b.host)
	s.createObject(t, specs)
	s.createObject(t, map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
		"metadata":   map[string]any{"name": "registry-login"},
		"stringData": map[string]string{".dockerconfigjson": logins(s.a.host, s.b.host)},
	})
	return s
}

// prepareNamespace makes a namespace that takes no pod that breaks a rule of the profile "restricted".
func (s *kubeScene) prepareNamespace(t *testing.T) {
	t.Helper()
	labels := map[string]string{"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted"}
	object := map[string]any{"metadata": map[string]any{"name": namespace, "labels": labels}}
	if err := s.api.do(t.Context(), http.MethodPost, "/api/v1/namespaces", object, nil); err != nil {
		t.Fatal(err)
	}
	err := until(t.Context(), slowStart, func() (bool, error) {
		err := s.api.do(t.Context(), http.MethodGet, corePath+"/serviceaccounts/default", nil, nil)
		return err == nil, err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func logins(hosts ...string) string {
	auths := map[string]any{}
	for _, host := range hosts {
		auths[host] = map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(robot + ":" + robotPassword))}
	}
	raw, _ := json.Marshal(map[string]any{"auths": auths})
	return string(raw)
}

// create gives an object of the examples to the server, with its text edited, and returns its name.
func (s *kubeScene) create(t *testing.T, file string, edit func(string) string) (name string) {
	t.Helper()
	object := objectsIn(t, filepath.Join("../examples/kubernetes", file))[0]
	if edit != nil {
		text, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		object = nil
		if err := yaml.Unmarshal([]byte(edit(string(text))), &object); err != nil {
			t.Fatal(err)
		}
	}
	s.createObject(t, object)
	return object["metadata"].(map[string]any)["name"].(string)
}

func (s *kubeScene) createObject(t *testing.T, object map[string]any) {
	t.Helper()
	kind := strings.ToLower(object["kind"].(string)) + "s"
	path := corePath
	if object["apiVersion"] == "batch/v1" {
		path = batchPath
	}
	if err := s.api.do(t.Context(), http.MethodPost, path+"/"+kind, object, nil); err != nil {
		t.Fatal(err)
	}
}

// holdRequests waits until the pods are in the middle of their work.
func (s *kubeScene) holdRequests(t *testing.T) {
	t.Helper()
	select {
	case <-s.hold.reached:
	case <-time.After(jobTime):
		t.Fatal("the pods push nothing")
	}
}

// pod waits for the running pod of an index.
func (s *kubeScene) pod(t *testing.T, index string) (p *podProcess) {
	t.Helper()
	err := until(t.Context(), time.Minute, func() (bool, error) {
		p = s.node.running()[index]
		return p != nil, nil
	})
	if err != nil {
		t.Fatalf("no pod of index %s runs: %v", index, err)
	}
	return p
}

// evict asks the server to evict a pod, as kubectl drain does.
func (s *kubeScene) evict(t *testing.T, p *podProcess) {
	t.Helper()
	eviction := map[string]any{
		"apiVersion": "policy/v1", "kind": "Eviction",
		"metadata": map[string]any{"name": p.pod.Metadata.Name, "namespace": namespace},
	}
	if err := s.api.do(t.Context(), http.MethodPost, podsPath+"/"+p.pod.Metadata.Name+"/eviction", eviction, nil); err != nil {
		t.Fatal(err)
	}
}

// awaitJob waits until a Job is done, well or not.
func (s *kubeScene) awaitJob(t *testing.T, name string, limit time.Duration) (job kubeJob) {
	t.Helper()
	err := until(t.Context(), limit, func() (bool, error) {
		job = kubeJob{}
		err := s.api.do(t.Context(), http.MethodGet, batchPath+"/jobs/"+name, nil, &job)
		return err == nil && (job.is("Complete") || job.is("Failed")), err
	})
	if err != nil {
		t.Fatalf("%v: %+v", err, job)
	}
	return job
}

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
