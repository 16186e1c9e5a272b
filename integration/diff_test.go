package integration

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// answer runs manifest-tool, and returns its stdout and its exit code.
func answer(t *testing.T, args ...string) (string, int) {
	t.Helper()
	out, err := exec.Command(binary(t), args...).Output()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	if failed == nil {
		return string(out), 0
	}
	t.Logf("%q: exit %d\n%s", args, failed.ExitCode(), failed.Stderr)
	return string(out), failed.ExitCode()
}

// TestDiffOfMutations lets another client change an image, and looks whether diff names these changes and no other.
func TestDiffOfMutations(t *testing.T) {
	t.Parallel()
	r := startDistribution(t)
	layout, err := filepath.Abs("../registry/layout/testdata/buildx-amd64")
	if err != nil {
		t.Fatal(err)
	}
	old, now := r.Host+"/app:old", r.Host+"/app:new"
	succeed(t, "copy", "oci-layout:"+layout, old)
	crane(t, "mutate", old, "--set-platform", "linux/amd64", "-t", r.Host+"/app:base") // crane writes a config in its own way
	crane(t, "mutate", r.Host+"/app:base", "-t", now,
		"--env", "MODE=fast", "--label", "org.example.team=blue", "--entrypoint", "/app,--serve", "--user", "65532", "--workdir", "/srv",
		"--exposed-ports", "8080/tcp", "--annotation", "org.example.note=yes")
	out, code := answer(t, "diff", "--output", "json", "--platform", "linux/amd64", r.Host+"/app:base", now)
	if code != 1 {
		t.Fatalf("exit %d\n%s", code, out)
	}
	var found struct {
		Comparisons []struct {
			Changes []change
			Entries []struct {
				Image struct{ Config, Manifest []change }
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range found.Comparisons {
		for _, e := range c.Entries {
			for _, change := range slices.Concat(c.Changes, e.Image.Manifest, e.Image.Config) {
				got = append(got, strings.TrimSpace(change.Change+" "+change.Field+" "+change.Name)+"="+change.To)
			}
		}
	}
	slices.Sort(got)
	for _, want := range []string{"added Env MODE=fast", "added ExposedPorts 8080/tcp=", "added Labels org.example.team=blue", "added User=65532", `Entrypoint=["/app","--serve"]`, "WorkingDir=/srv", "added annotation org.example.note=yes"} {
		if !slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, want) }) {
			t.Errorf("diff does not report %q:\n%s", want, strings.Join(got, "\n"))
		}
	}
	if len(got) > 8 { // crane may drop Cmd with the entrypoint
		t.Errorf("diff reports other changes too:\n%s", strings.Join(got, "\n"))
	}
	if out, code := answer(t, "diff", now, now); code != 0 {
		t.Errorf("exit %d\n%s", code, out)
	}
}

type change struct{ Change, Field, Name, To string }

// TestDiffOfDamage compares an index with another whose child a registry has deleted.
func TestDiffOfDamage(t *testing.T) {
	t.Parallel()
	onEveryRegistry(t, func(t *testing.T, r registry) {
		for tag, arch := range map[string]string{"amd64": "amd64", "arm64": "arm64"} {
			pushImage(t, r.Host, "app", tag, "linux", arch)
		}
		succeed(t, "push", "from-args", "--platforms", "linux/amd64,linux/arm64", "--template", r.Host+"/app:ARCH", "--target", r.Host+"/app:whole")
		succeed(t, "push", "from-args", "--platforms", "linux/arm64", "--template", r.Host+"/app:ARCH", "--target", r.Host+"/app:part")
		child := strings.TrimSpace(crane(t, "digest", r.Host+"/app:amd64"))
		crane(t, "delete", r.Host+"/app@"+child)
		out, code := answer(t, "diff", r.Host+"/app:whole", r.Host+"/app:part")
		if code != 1 || !strings.Contains(out, "- linux/amd64  "+child+"  missing") {
			t.Errorf("exit %d\n%s", code, out)
		}
	})
}

// TestRecordedSources lets another client read what --record-sources writes, and a registry delete a source.
func TestRecordedSources(t *testing.T) {
	t.Parallel()
	onEveryRegistry(t, func(t *testing.T, r registry) {
		layout, err := filepath.Abs("../registry/layout/testdata/buildx-amd64")
		if err != nil {
			t.Fatal(err)
		}
		succeed(t, "copy", "oci-layout:"+layout, r.Host+"/base:amd64") // an index with attestations
		pushImage(t, r.Host, "base", "arm64", "linux", "arm64")
		file := filepath.Join(t.TempDir(), "spec.yaml")
		text := strings.ReplaceAll("image: HOST/app:1\nmanifests:\n- image: HOST/base:amd64\n  platform: {os: linux, architecture: amd64}\n- image: HOST/base:arm64\n", "HOST", r.Host)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		succeed(t, "push", "from-spec", "--record-sources", file)
		var index struct {
			Manifests []struct{ Annotations map[string]string }
		}
		if err := json.Unmarshal([]byte(crane(t, "manifest", r.Host+"/app:1")), &index); err != nil {
			t.Fatal(err)
		}
		recorded := map[string]string{}
		for _, m := range index.Manifests {
			name, digest := m.Annotations["io.github.manifest-tool.source.name"], m.Annotations["io.github.manifest-tool.source.digest"]
			if m.Annotations["vnd.docker.reference.type"] != "" {
				if name != "" {
					t.Errorf("an attestation has a source: %q", m.Annotations)
				}
				continue
			}
			recorded[name] = digest
		}
		for _, source := range []string{r.Host + "/base:amd64", r.Host + "/base:arm64"} {
			if want := strings.TrimSpace(crane(t, "digest", source)); recorded[source] != want {
				t.Errorf("%s is recorded as %q, and holds %s", source, recorded[source], want)
			}
		}
		for _, platform := range []string{"linux/amd64", "linux/arm64"} {
			crane(t, "validate", "--remote", r.Host+"/app:1", "--platform", platform)
		}
		if out, code := answer(t, "outdated", r.Host+"/app:1", file); code != 0 {
			t.Errorf("exit %d\n%s", code, out)
		}
		deleteManifest(t, r, "base", recorded[r.Host+"/base:arm64"])
		out, code := answer(t, "outdated", r.Host+"/app:1", file)
		if code != 1 || strings.Count(out, "   gone ") != 2 {
			t.Errorf("exit %d\n%s", code, out)
		}
	})
}

// deleteManifest deletes a manifest, and with it the tags that name it.
func deleteManifest(t *testing.T, r registry, repository, digest string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, "http://"+r.Host+"/v2/"+repository+"/manifests/"+digest, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusAccepted {
		t.Fatalf("DELETE: %s", response.Status)
	}
}

// succeed runs manifest-tool, which has to succeed.
func succeed(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(binary(t), args...).CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
}
