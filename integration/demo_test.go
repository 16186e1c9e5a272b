package integration

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestDemo runs what "REGISTRY=… make demo" runs.
func TestDemo(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("sh is not there")
	}
	onEveryRegistry(t, func(t *testing.T, r registry) {
		cmd := exec.Command("sh", "../examples/demo/run.sh")
		cmd.Env = append(os.Environ(), "REGISTRY="+r.Host, "MANIFEST_TOOL="+binary(t), "DEMO_DIR="+t.TempDir())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, want := range []string{"\nDigest: sha256:", "linux/amd64 ", "linux/arm64 ", "linux/arm/v7 "} {
			if !strings.Contains(string(out), want) {
				t.Errorf("no %q in\n%s", want, out)
			}
		}
		crane(t, "validate", "--remote", r.Host+"/demo/hello:1.0", "--platform", "linux/arm64")
	})
}
