package integration

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// kubernetes is the module of Kubernetes in tools/kubernetes.
const kubernetes = "k8s.io/kubernetes"

// TestKubernetesManifests holds the objects in examples/kubernetes against the OpenAPI schema of the API. TestKubernetes
// gives them to a real server.
func TestKubernetesManifests(t *testing.T) {
	t.Parallel()
	schemas := openAPI(t)
	kinds := map[string]int{}
	for _, file := range manifestFiles(t) {
		for _, object := range objectsIn(t, file) {
			kind, _ := object["kind"].(string)
			if kind == "Workflow" {
				continue // Argo's; checkWorkflow has what it shares with a pod
			}
			kinds[kind]++
			if err := schemas.validate(object); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	if kinds["Job"] < 1 || kinds["CronJob"] < 2 || kinds["ConfigMap"] < 1 {
		t.Errorf("only %v", kinds)
	}
	t.Run("workflow", func(t *testing.T) { checkWorkflow(t, schemas) })
	t.Run("faults", func(t *testing.T) { checkFaults(t, schemas) })
}

func manifestFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../examples/kubernetes/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%q, %v", files, err)
	}
	return files
}

// objectsIn reads the documents of a YAML file as JSON has them.
func objectsIn(t testing.TB, file string) (objects []map[string]any) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	for {
		var read map[string]any
		err := decoder.Decode(&read)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		var object map[string]any
		if err := json.Unmarshal(encode(t, read), &object); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
}

// checkWorkflow checks what the Workflow takes over from the API of Kubernetes. Argo has the schema of the rest.
func checkWorkflow(t *testing.T, schemas apiSchemas) {
	const core = "io.k8s.api.core.v1."
	workflow := objectsIn(t, "../examples/kubernetes/argo-workflow.yaml")[0]
	spec := workflow["spec"].(map[string]any)
	check := func(name string, value any) {
		if err := schemas.validateAs(core+name, value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	check("PodSecurityContext", spec["securityContext"])
	for _, volume := range spec["volumes"].([]any) {
		check("Volume", volume)
	}
	containers := 0
	for _, template := range spec["templates"].([]any) {
		if container, ok := template.(map[string]any)["container"]; ok {
			containers++
			check("Container", container)
		}
	}
	if containers == 0 {
		t.Error("no template has a container")
	}
}

// checkFaults shows that the check finds faults of each kind in a Job.
func checkFaults(t *testing.T, schemas apiSchemas) {
	for name, edit := range map[string]struct{ old, new string }{
		"unknown field":  {"backoffLimitPerIndex:", "backoffLimitPerindex:"},
		"unknown kind":   {"kind: Job", "kind: Jobs"},
		"wrong version":  {"batch/v1", "batch/v2"},
		"wrong type":     {"completions: 4", "completions: four"},
		"required field": {"operator: In", ""},
		"deep in a pod":  {"readOnlyRootFilesystem", "readOnlyRootFileSystem"},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile("../examples/kubernetes/job.yaml")
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "job.yaml")
			text := strings.Replace(string(raw), edit.old, edit.new, 1)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil || text == string(raw) {
				t.Fatalf("%q is not in the Job: %v", edit.old, err)
			}
			if schemas.validate(objectsIn(t, file)[0]) == nil {
				t.Error("the check finds nothing")
			}
		})
	}
}
