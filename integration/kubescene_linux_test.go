package integration

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
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
