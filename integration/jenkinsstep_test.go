package integration

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestJenkinsStep compiles the step of the shared library with Groovy, as Jenkins does, and runs its script.
func TestJenkinsStep(t *testing.T) {
	t.Parallel()
	groovy, java := installed(t, "groovy"), installed(t, "java")
	jobs := runBuildJobs(t, startDistribution(t).Host, "jenkins/app")
	workspace := t.TempDir()
	jobs.writeMetadata(t, workspace)
	type options map[string]any
	calls := []struct {
		options options
		says    string // if it fails
	}{
		{options: options{"target": "REPO:1", "template": "REPO:1.0-ARCH", "platforms": "linux/amd64,linux/arm64", "tags": "1-latest", "args": "--strict"}},
		{options: options{"target": "REPO:2", "sources": "metadata-*.json", "require": []string{"linux/amd64", "linux/arm64"}, "credentialsId": "registry"}},
		{options: options{"target": "REPO:3", "sources": []string{"REPO@AMD64", "REPO@ARM64"}, "args": "--attest --wait=1m"}},
		{options: options{"target": "REPO:fails", "sources": "REPO:1.0-amd64", "require": "linux/arm64"}, says: "linux/arm64"},
		{options: options{"target": "REPO:fails", "sources": "REPO:missing"}, says: "exit code 3"},
		{options: options{"target": "REPO:fails", "source": "REPO:1.0-amd64"}, says: "unknown option source"},
		{options: options{"target": "REPO:fails"}, says: "either sources or template"},
		{options: options{"target": "REPO:fails", "sources": "a", "template": "b"}, says: "either sources or template"},
		{options: options{"target": "REPO:$(touch pwned)", "sources": "`touch pwned`"}, says: "touch"},
	}
	var cases []options
	for _, call := range calls {
		cases = append(cases, call.options)
	}
	file := filepath.Join(t.TempDir(), "cases.json")
	placeFile(t, file, jobs.replace(string(encode(t, cases))))
	java, err := filepath.EvalSymlinks(java)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"PATH": withProgram(t), "HOME": t.TempDir(), "JAVA_HOME": filepath.Dir(filepath.Dir(java))}
	step := filepath.Join(repositoryRoot(t), "pipelines/jenkins/vars/manifestTool.groovy")
	said, err := runScript(t, repositoryRoot(t), env, groovy, "integration/testdata/jenkins.groovy", step, workspace, file)
	if err != nil {
		t.Fatal(err)
	}
	var results []struct {
		Digest, Error string
		Scripts       int
	}
	if err := json.Unmarshal([]byte(said[strings.Index(said, "[{"):]), &results); err != nil || len(results) != len(calls) {
		t.Fatalf("%v in\n%s", err, said)
	}
	digest := jobs.mustHold(t, "1", "1-latest", "2", "3").Digest
	for i, result := range results {
		says := jobs.replace(calls[i].says)
		if says == "" && (result.Digest != digest || result.Scripts != 1) || says != "" && !strings.Contains(result.Error, says) {
			t.Errorf("%v: %+v, and not %s%q", calls[i].options, result, digest, says)
		}
		if strings.Contains(result.Error, "secret of ci") {
			t.Errorf("an error shows the password: %s", result.Error)
		}
	}
	jobs.mustLack(t, "fails")
	mustBeUntouched(t, workspace)
}
