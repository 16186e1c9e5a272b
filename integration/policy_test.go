package integration

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// policies are the folder with the policies that docs/how-to/plan-and-apply.md shows.
const policies = "../examples/policies"

// planned are plans that the policies accept and refuse, with the reasons. HOST stands for the registry.
var planned = []struct {
	name, args string
	reasons    []string
}{
	{"good", "copy HOST/app:1.0 HOST/app:2.0", nil},
	{"loses a platform", "copy HOST/app:one HOST/app:1.0", []string{"HOST/app:1.0 would lose linux/arm64"}},
	{"another registry", "copy OTHER/app:1.0 HOST/app:3.0", []string{"OTHER/app@DIGEST is not on an allowed registry"}},
	{"too large", "copy HOST/app:1.0 HOST/app:9.0", []string{"the push may send " + tooMuch + " bytes"}},
}

// tooMuch is the number of bytes in a plan that is changed by hand, because no test has that many.
const tooMuch = "3000000000"

// TestPolicies lets policy engines judge plans, with the policies of the docs.
func TestPolicies(t *testing.T) {
	t.Parallel()
	engines := map[string]func(t *testing.T, host, plan string) []string{"jq": byJQ, "opa": byOPA}
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			one, other := registrytest.New(t, registrytest.Options{}), registrytest.New(t, registrytest.Options{})
			image := registrytest.Image{Architecture: "arm64"}.Build()
			one.Push(t, "app", "1.0", registrytest.Index(false, registrytest.Image{Architecture: "amd64"}.Build(), image))
			one.Push(t, "app", "one", registrytest.Index(false, registrytest.Image{Architecture: "amd64"}.Build()))
			other.Push(t, "app", "1.0", registrytest.Index(false, image))
			names := strings.NewReplacer("HOST", one.Host(), "OTHER", other.Host(), "DIGEST", image.Digest)
			for _, p := range planned {
				args := append([]string{"plan"}, strings.Split(names.Replace(p.args), " ")...)
				plan, err := exec.Command(binary(t), append(args, "--quiet")...).Output()
				if err != nil {
					t.Fatalf("%s: %v", p.name, err)
				}
				text := string(plan)
				if p.name == "too large" {
					before, totals, _ := strings.Cut(text, `"totals"`)
					text = before + `"totals"` + strings.Replace(totals, `"atMost": 0`, `"atMost": `+tooMuch, 1)
				}
				var want []string
				for _, reason := range p.reasons {
					want = append(want, names.Replace(reason))
				}
				if got := engine(t, one.Host(), text); !slices.Equal(got, want) {
					t.Errorf("%s: got %q, want %q\n%s", p.name, got, want, text)
				}
			}
		})
	}
}

func inFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// applies reports whether apply accepts a file: it looks at the targets, and not only at the file.
func applies(t *testing.T, plan []byte) bool {
	out, err := exec.Command(binary(t), "apply", "--plain-http", inFile(t, "plan.json", string(plan))).CombinedOutput()
	return err == nil || !strings.Contains(string(out), "the plan file is not valid")
}

func byJQ(t *testing.T, host, plan string) []string {
	t.Helper()
	jq, err := exec.LookPath("jq")
	if err != nil {
		unavailable(t, "jq", err)
	}
	policy, err := os.ReadFile(filepath.Join(policies, "plan.jq"))
	if err != nil {
		t.Fatal(err)
	}
	file := inFile(t, "plan.jq", strings.ReplaceAll(string(policy), "localhost:5000", host))
	if text, err := exec.Command(jq, "--tab", ".", inFile(t, "plan.json", plan)).Output(); err != nil || !applies(t, text) && !strings.Contains(plan, tooMuch) {
		t.Errorf("apply refuses what jq has formatted: %v", err)
	}
	cmd := exec.Command(jq, "--raw-output", "--from-file", file)
	cmd.Stdin, cmd.Stderr = strings.NewReader(plan), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("jq: %v", err)
	}
	if len(out) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func byOPA(t *testing.T, host, plan string) []string {
	t.Helper()
	registries, err := os.ReadFile(filepath.Join(policies, "registries.json"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool(t, "opa"), "eval", "--format", "raw", "--data", filepath.Join(policies, "plan.rego"),
		"--data", inFile(t, "registries.json", strings.ReplaceAll(string(registries), "localhost:5000", host)),
		"--input", inFile(t, "plan.json", plan), "data.plan.deny")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("opa: %v\n%s", err, out)
	}
	var reasons []string
	if err := json.Unmarshal(out, &reasons); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(reasons) == 0 {
		return nil
	}
	return reasons
}
