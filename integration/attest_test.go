package integration

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A descriptorOf is what oras and crane print about a manifest or a blob.
type descriptorOf struct {
	MediaType, Digest, ArtifactType string
	Annotations                     map[string]string
}

// Other clients find the provenance of an index and read it: oras lists it as a referrer, and crane reads the manifest
// and the statement.
func TestProvenanceReadByOthers(t *testing.T) {
	t.Parallel()
	onEveryRegistry(t, func(t *testing.T, r registry) {
		pushImage(t, r.Host, "app", "arm64", "linux", "arm64")
		for _, kind := range []string{"oci", "docker"} {
			name, predicate := r.Host+"/app:"+kind, filepath.Join(t.TempDir(), "predicate.json")
			out, err := exec.Command(binary(t), "push", "from-args", "--attest", "--attest-file", predicate, "--type", kind, "--allow-platform-mismatch",
				"--platforms", "linux/arm64", "--template", r.Host+"/app:ARCH", "--target", name).CombinedOutput()
			if err != nil {
				t.Fatalf("push: %v\n%s", err, out)
			}
			found := discover(t, name)
			if len(found) != 1 || found[0].ArtifactType != "application/vnd.docker.attestation.manifest.v1+json" {
				t.Fatalf("oras lists %+v", found)
			}
			var manifest struct {
				Layers  []descriptorOf
				Subject descriptorOf
			}
			fromJSON(t, crane(t, "manifest", r.Host+"/app@"+found[0].Digest), &manifest)
			if got, want := manifest.Subject.Digest, strings.TrimSpace(crane(t, "digest", name)); got != want {
				t.Errorf("the subject is %s, and the tag holds %s", got, want)
			}
			layer := manifest.Layers[0]
			if layer.MediaType != "application/vnd.in-toto+json" || layer.Annotations["in-toto.io/predicate-type"] != "https://slsa.dev/provenance/v1" {
				t.Errorf("the layer is %+v", layer)
			}
			statement := crane(t, "blob", r.Host+"/app@"+layer.Digest)
			written, err := os.ReadFile(predicate)
			if err != nil || !strings.Contains(statement, `"predicate":`+string(written)+"}") {
				t.Errorf("%v: the predicate in the file is\n%s\nthe statement is\n%s", err, written, statement)
			}
		}
	})
}

// discover lists the referrers of an image with oras.
func discover(t *testing.T, name string) []descriptorOf {
	t.Helper()
	out, err := exec.Command(tool(t, "oras"), "discover", "--plain-http", "--format", "json", name).CombinedOutput()
	if err != nil {
		t.Fatalf("oras discover: %v\n%s", err, out)
	}
	var found struct {
		Referrers []descriptorOf
		Manifests []descriptorOf // of earlier versions
	}
	fromJSON(t, string(out), &found)
	return append(found.Referrers, found.Manifests...)
}

func fromJSON(t *testing.T, text string, value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), value); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
}
