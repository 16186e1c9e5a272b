package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

var update = flag.Bool("update", false, "write what the commands in README print into it")

// readmeHost is the registry in README; in the test it is one on a free port.
const readmeHost = "localhost:5000"

// TestReadme runs the commands of README ("$ …" in its console blocks) in their order, in one
// folder, with the files that it shows ("# NAME" in the first line), and compares what they print.
// What ends in a hint has to fail, all else to succeed.
func TestReadme(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	dir := t.TempDir()
	readmeImages(t, server, dir)
	const readme = "../../README.md"
	raw, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	commands := 0
	blocks := strings.Split(string(raw), "```")
	for i, block := range blocks {
		kind, content, _ := strings.Cut(block, "\n")
		switch {
		case i%2 == 0:
		case kind == "yaml":
			name, _, _ := strings.Cut(strings.TrimPrefix(content, "# "), "\n")
			content = strings.ReplaceAll(content, readmeHost, server.Host())
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
				t.Fatal(err)
			}
		case kind == "console":
			var printed strings.Builder
			for line := range strings.Lines(content) {
				command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ")
				if !ok {
					continue
				}
				commands++
				printed.WriteString("$ " + command + "\n")
				command = strings.ReplaceAll(command, readmeHost, server.Host())
				printed.WriteString(strings.ReplaceAll(shell(t, dir, command), server.Host(), readmeHost))
			}
			block = kind + "\n" + printed.String()
		}
		out = append(out, block)
	}
	if commands < 10 {
		t.Errorf("only %d commands were found in README", commands)
	}
	got := strings.Join(out, "```")
	if *update {
		if err := os.WriteFile(readme, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(raw), got); diff != "" && !*update {
		t.Errorf("README differs from what the commands print; go test ./cmd/manifest-tool -run Readme -update (-README +now):\n%s", diff)
	}
}

// shell runs a command line and returns what a terminal would show.
func shell(t *testing.T, dir, command string) string {
	t.Helper()
	var b bytes.Buffer
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &b, &b
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_STATE_HOME=")
	err := cmd.Run()
	text := b.String()
	if failed := strings.Contains(text, "\nhint: "); failed != (err != nil) {
		t.Errorf("%s: %v\n%s", command, err, text)
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

// readmeImages are the images that README speaks of.
func readmeImages(t *testing.T, server *registrytest.Server, dir string) {
	t.Helper()
	image := func(architecture, variant string) registrytest.Artifact {
		return registrytest.Image{Architecture: architecture, Variant: variant, Layers: 3, LayerSize: 400_000}.Build()
	}
	for _, architecture := range []string{"amd64", "riscv64"} {
		built := image(architecture, "")
		server.Push(t, "acme/app", "1.0-"+architecture, built)
		left := filepath.Join(dir, "digests", architecture)
		if err := os.MkdirAll(left, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(left, strings.TrimPrefix(built.Digest, "sha256:")), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	server.Push(t, "acme/app-arm64", "1.0", registrytest.Attested(image("arm64", "")))
	if err := image("arm", "v7").WriteLayout(filepath.Join(dir, "build", "armv7"), ""); err != nil {
		t.Fatal(err)
	}
	if err := registrytest.Attested(image("amd64", "")).WriteArchive(filepath.Join(dir, "amd64.tar"), "1.0"); err != nil {
		t.Fatal(err)
	}
	saved, err := os.ReadFile("../../registry/archive/testdata/arm64.docker.tar")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "arm64.tar"), saved, 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestReadmeLinks finds links to headings that are not there.
func TestReadmeLinks(t *testing.T) {
	raw, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^##+ (.*)$`).FindAllStringSubmatch(string(raw), -1) {
		slug := regexp.MustCompile(`[^\pL\pN -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		there["#"+strings.ReplaceAll(slug, " ", "-")] = true
	}
	for _, link := range regexp.MustCompile(`\]\((#[^)]*)\)`).FindAllStringSubmatch(string(raw), -1) {
		if !there[link[1]] {
			t.Errorf("no heading for %s", link[1])
		}
	}
}
