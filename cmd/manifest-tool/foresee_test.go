package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A dry run over specs that need one another foresees what the push makes of them, whether the images in the middle do not
// exist or are about to change, and writes nothing.
func TestDryRunForesees(t *testing.T) {
	for name, test := range map[string]struct{ command, text string }{
		"specs": {"push from-spec FILE", `
image: H/top:1
manifests: [{image: H/middle:1, platform: linux/arm64}, {image: H/base:1-amd64}, {image: "oci-layout:DIR:1", platform: linux/s390x}]
---
image: H/middle:1
manifests: [{image: H/base:1}]
---
image: "oci-layout:DIR:1"
manifests: [{image: H/build:s390x}]
---
image: [H/base:1, O/base:1]
platform-tags: TAG-ARCH
manifests: [{image: H/build:amd64}, {image: H/build:arm64}]
---
image: H/base:other
manifests: [{image: O/base:1, platform: linux/arm64}]
`},
		"pairs": {"copy --pairs FILE", "H/index:1 H/base:1 O/base:1\nO/base:1 H/middle:1\nH/middle:1 O/top:1\n"},
	} {
		for _, exists := range []bool{false, true} {
			server, other := registrytest.New(t, registrytest.Options{}), registrytest.New(t, registrytest.Options{})
			var images []registrytest.Artifact
			for _, architecture := range []string{"amd64", "arm64", "s390x"} {
				image := registrytest.Image{Architecture: architecture}.Build()
				server.Push(t, "build", architecture, image)
				images = append(images, image)
			}
			server.Push(t, "index", "1", registrytest.Index(false, images...))
			if exists {
				old := registrytest.Index(false, registrytest.Image{Architecture: "arm64", Seed: "old"}.Build())
				server.Push(t, "base", "1", old)
				other.Push(t, "base", "1", old)
				server.Push(t, "middle", "1", old)
			}
			dir := t.TempDir()
			file := filepath.Join(dir, "file")
			replace := strings.NewReplacer("H/", server.Host()+"/", "O/", other.Host()+"/", "DIR", filepath.Join(dir, "layout"))
			if err := os.WriteFile(file, []byte(replace.Replace(test.text)), 0o600); err != nil {
				t.Fatal(err)
			}
			line := strings.Replace(test.command, "FILE", file, 1) + " --output jsonl --ordered"
			server.ResetRequests()
			foreseen := digestsOf(t, line+" --dry-run")
			for _, r := range slices.Concat(server.Requests(), other.Requests()) {
				if r.Method != "GET" && r.Method != "HEAD" {
					t.Errorf("%s: the dry run sent %s %s", name, r.Method, r.Path)
				}
			}
			if _, err := os.Stat(filepath.Join(dir, "layout")); err == nil {
				t.Errorf("%s: the dry run wrote a layout", name)
			}
			if pushed := digestsOf(t, line); !slices.Equal(foreseen, pushed) {
				t.Errorf("%s, the images exist: %t: the dry run foresees %q, the push makes %q", name, exists, foreseen, pushed)
			}
		}
	}
}

// digestsOf runs a command, and returns the names and digests of its results.
func digestsOf(t *testing.T, line string) (digests []string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Execute(t.Context(), strings.Fields("manifest-tool "+line), cli.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Backoff: testBackoff})
	for text := range strings.Lines(stdout.String()) {
		var result struct{ Name, Status, Digest string }
		if err := json.Unmarshal([]byte(text), &result); err != nil {
			t.Fatal(err)
		}
		digests = append(digests, fmt.Sprint(result.Status, " ", filepath.Base(result.Name), " ", result.Digest))
	}
	if code != 0 {
		t.Errorf("%s: exit code %d\n%s", line, code, stderr.String())
	}
	return digests
}
