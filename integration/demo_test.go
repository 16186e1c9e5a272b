package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDemo runs what "REGISTRY=… make demo" runs. Then it follows README and the first tutorial with these images.
func TestDemo(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("sh is not there")
	}
	onEveryRegistry(t, func(t *testing.T, r registry) {
		dir := t.TempDir()
		cmd := exec.Command("sh", "../examples/demo/run.sh")
		cmd.Env = append(os.Environ(), "REGISTRY="+r.Host, "MANIFEST_TOOL="+binary(t), "DEMO_DIR="+filepath.Join(dir, "dist", "demo"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, want := range []string{"\nDigest: sha256:", "linux/amd64 ", "linux/arm64 ", "linux/arm/v7 ", "linux/riscv64 "} {
			if !strings.Contains(string(out), want) {
				t.Errorf("no %q in\n%s", want, out)
			}
		}
		crane(t, "validate", "--remote", r.Host+"/demo/hello:1.0", "--platform", "linux/arm64")
		follow(t, dir, r.Host, "../README.md")
		follow(t, dir, r.Host, "../docs/tutorials/first-image.md")
	})
}

var (
	pageBlock   = regexp.MustCompile("(?ms)^```(yaml|console)\n(.*?)^```$")
	pageCommand = regexp.MustCompile(`(?m)^\$ ((?:.*\\\n)*.*\n)((?:[^$].*\n)*)`)
)

// follow does what a reader does who copies the files and commands of a page. A command with a hint below it has to fail,
// every other one has to succeed. What the commands print depends on the images: TestPages compares it.
func follow(t *testing.T, dir, host, page string) {
	t.Helper()
	text := strings.ReplaceAll(readText(t, page), "localhost:5000", host)
	env := map[string]string{"PATH": withProgram(t), "HOME": t.TempDir()}
	commands := 0
	for _, block := range pageBlock.FindAllStringSubmatch(text, -1) {
		if block[1] == "yaml" {
			name, _, _ := strings.Cut(strings.TrimPrefix(block[2], "# "), "\n")
			placeFile(t, filepath.Join(dir, name), block[2])
			continue
		}
		for _, command := range pageCommand.FindAllStringSubmatch(block[2], -1) {
			commands++
			said, err := runScript(t, dir, env, "sh", "-c", command[1])
			if fails := strings.Contains(command[2], "hint: "); fails != (err != nil) {
				t.Errorf("%s: %s: %v\n%s", page, command[1], err, said)
			}
		}
	}
	if commands < 5 {
		t.Errorf("%s: %d commands", page, commands)
	}
}
