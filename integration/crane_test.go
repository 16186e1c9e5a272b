package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadByCrane lets another client judge what was pushed: real builder output, and our own.
func TestReadByCrane(t *testing.T) {
	t.Parallel()
	onEveryRegistry(t, func(t *testing.T, r registry) {
		layout, err := filepath.Abs("../registry/layout/testdata/buildx-amd64")
		if err != nil {
			t.Fatal(err)
		}
		pushImage(t, r.Host, "app", "arm64", "linux", "arm64")
		spec := filepath.Join(t.TempDir(), "spec.yaml")
		text := strings.NewReplacer("HOST", r.Host, "LAYOUT", layout).Replace(`image: HOST/app:1.0
tags: [latest]
manifests:
- image: oci-layout:LAYOUT
- image: HOST/app:arm64
`)
		if err := os.WriteFile(spec, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(binary(t), "push", "from-spec", spec).Output()
		if err != nil {
			t.Fatalf("push: %v", err)
		}
		words := strings.Fields(string(out))
		if len(words) != 3 || words[0] != "Digest:" {
			t.Fatalf("push prints %q", out)
		}
		for _, tag := range []string{"1.0", "latest"} {
			if got := crane(t, "digest", r.Host+"/app:"+tag); strings.TrimSpace(got) != words[1] {
				t.Errorf("tag %s is %s for crane, and %s for us", tag, got, words[1])
			}
		}
		index := crane(t, "manifest", r.Host+"/app:1.0")
		inspected, err := exec.Command(binary(t), "inspect", "--format", "raw", r.Host+"/app:1.0").Output()
		if err != nil || strings.TrimSuffix(index, "\n") != strings.TrimSuffix(string(inspected), "\n") {
			t.Errorf("crane reads\n%s\nwe read\n%s (%v)", index, inspected, err)
		}
		for _, platform := range []string{"linux/amd64", "linux/arm64"} {
			crane(t, "validate", "--remote", r.Host+"/app:1.0", "--platform", platform)
		}
	})
}
