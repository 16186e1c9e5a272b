package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// buildJobs is what two build jobs of a pipeline have left on a registry: REPO:1.0-amd64 and REPO:1.0-arm64.
type buildJobs struct {
	Host, Repo   string // Repo begins with the host
	Amd64, Arm64 string // digests
}

func runBuildJobs(t testing.TB, host, name string) buildJobs {
	t.Helper()
	return buildJobs{
		Host:  host,
		Repo:  host + "/" + name,
		Amd64: digest(pushImage(t, host, name, "1.0-amd64", "linux", "amd64")),
		Arm64: digest(pushImage(t, host, name, "1.0-arm64", "linux", "arm64")),
	}
}

// replace puts the names of the jobs into a text.
func (b buildJobs) replace(text string) string {
	return strings.NewReplacer("HOST", b.Host, "REPO", b.Repo, "AMD64", b.Amd64, "ARM64", b.Arm64).Replace(text)
}

// pushedIndex is what a tag of the repository holds.
type pushedIndex struct {
	Digest      string            `json:"-"`
	Annotations map[string]string `json:"annotations"`
	Manifests   []descriptor      `json:"manifests"`
}

// index reads a tag with net/http, and whether it exists.
func (b buildJobs) index(t testing.TB, tag string) (index pushedIndex, exists bool) {
	t.Helper()
	url := "http://" + b.Host + "/v2/" + strings.TrimPrefix(b.Repo, b.Host+"/") + "/manifests/" + tag
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "application/vnd.oci.image.index.v1+json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotFound {
		return index, false
	}
	if err := json.NewDecoder(response.Body).Decode(&index); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, response.Status, err)
	}
	index.Digest = response.Header.Get("Docker-Content-Digest")
	return index, true
}

// mustHold checks that tags hold the images of both jobs, and returns the index.
func (b buildJobs) mustHold(t testing.TB, tags ...string) pushedIndex {
	t.Helper()
	var index pushedIndex
	for _, tag := range tags {
		var found []string
		index, _ = b.index(t, tag)
		for _, manifest := range index.Manifests {
			found = append(found, manifest.Digest)
		}
		if !slices.Equal(found, []string{b.Amd64, b.Arm64}) {
			t.Errorf("%s:%s lists %q, and not amd64 %s and arm64 %s", b.Repo, tag, found, b.Amd64, b.Arm64)
		}
	}
	return index
}

// mustLack checks that nobody has pushed these tags.
func (b buildJobs) mustLack(t testing.TB, tags ...string) {
	t.Helper()
	for _, tag := range tags {
		if _, exists := b.index(t, tag); exists {
			t.Errorf("%s:%s was pushed", b.Repo, tag)
		}
	}
}

// systemPath is PATH without the folder in which the tests put our program.
func systemPath() string {
	return strings.TrimPrefix(os.Getenv("PATH"), scratch+string(os.PathListSeparator))
}

// withProgram is PATH with our program first, as an image of the program has it.
func withProgram(t testing.TB) string {
	return filepath.Dir(binary(t)) + string(os.PathListSeparator) + systemPath()
}

// runScript runs words in a folder with this environment and nothing else. It returns all that is printed.
func runScript(t testing.TB, dir string, env map[string]string, words ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir, cmd.WaitDelay = dir, time.Second
	cmd.Env = []string{}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	said, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%q: %w\n%s", words, err, said)
	}
	return string(said), err
}

// unmarshalFile reads YAML, and refuses keys that into does not have.
func unmarshalFile(t testing.TB, path string, into any) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoder := yaml.NewDecoder(file)
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func placeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func repositoryRoot(t testing.TB) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}
