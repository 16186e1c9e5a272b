package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// A release is the part of .goreleaser.yaml that other files of the repository say too.
type release struct {
	Builds []struct {
		Env, Flags, Tags, Gcflags, Ldflags []string
	}
	Casks []struct {
		Manpages []string
	} `yaml:"homebrew_casks"`
}

func readRelease(t *testing.T) (r release) {
	t.Helper()
	content, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Builds) != 1 || len(r.Casks) != 1 {
		t.Fatalf(".goreleaser.yaml has %d builds and %d casks", len(r.Builds), len(r.Casks))
	}
	return r
}

// TestReleaseFlags compares the flags of a release with those of "make build".
func TestReleaseFlags(t *testing.T) {
	b := readRelease(t).Builds[0]
	ldflags := strings.NewReplacer("v{{ .Version }}", "VERSION", "{{ .FullCommit }}", "COMMIT").Replace(strings.Join(b.Ldflags, " "))
	// "make build" also works without git. A release does not.
	flags := strings.ReplaceAll(strings.Join(b.Flags, " "), " -buildvcs=true", "")
	want := strings.Join(b.Env, " ") + " go build " + flags + " -tags " + strings.Join(b.Tags, ",") +
		" -gcflags '" + strings.Join(b.Gcflags, " ") + "' -ldflags \"" + ldflags + "\" -o manifest-tool ./cmd/manifest-tool"

	out, err := exec.Command("make", "-s", "-n", "-C", "../..", "build", "GO=go", "VERSION=VERSION", "COMMIT=COMMIT").CombinedOutput()
	if err != nil {
		t.Fatalf("make: %v\n%s", err, out)
	}
	got := strings.Join(strings.Fields(strings.ReplaceAll(string(out), "\\\n", " ")), " ")
	if got != want {
		t.Errorf("make build runs %s\na release runs  %s", got, want)
	}
}

func TestCaskHasAllManPages(t *testing.T) {
	pages, err := filepath.Glob("../../docs/man/*.1")
	if err != nil {
		t.Fatal(err)
	}
	for i, page := range pages {
		pages[i] = "man/" + filepath.Base(page)
	}
	if diff := cmp.Diff(pages, readRelease(t).Casks[0].Manpages); diff != "" {
		t.Errorf("docs/man, and manpages of homebrew_casks in .goreleaser.yaml:\n%s", diff)
	}
}

// TestActionsArePinned finds actions that are named by a tag, which can move.
func TestActionsArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`^uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d workflows, %v", len(files), err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			line = strings.TrimPrefix(strings.TrimSpace(line), "- ")
			if strings.HasPrefix(line, "uses: ") && !strings.HasPrefix(line, "uses: ./") && !pinned.MatchString(line) {
				t.Errorf("%s: %s: pin the action by the SHA of its commit, with its version as a comment", file, line)
			}
		}
	}
}

var imageName = regexp.MustCompile(`ghcr\.io/manifest-tool/manifest-tool(?::|\n\s+tag: )([\w.-]+)`)

// TestImageNames compares the tags of our images in pages, pipelines and examples with those that a release pushes.
func TestImageNames(t *testing.T) {
	cmd := exec.Command("sh", "../release/publish.sh", "layout", "1.0.0", "repository")
	cmd.Env = append(os.Environ(), "MANIFEST_TOOL=echo")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pushed := map[string]bool{}
	for _, m := range regexp.MustCompile(`--tags (\S+)`).FindAllStringSubmatch(string(out), -1) {
		for tag := range strings.SplitSeq(m[1], ",") {
			pushed[tag] = true
		}
	}
	found := 0
	for _, pattern := range []string{"README.md", "docs/*/*.md", "examples/*/*", "pipelines/*/*", "templates/*"} {
		files, err := filepath.Glob("../../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				continue // a folder
			}
			for _, m := range imageName.FindAllStringSubmatch(string(content), -1) {
				found++
				if tag := strings.Replace(m[1], "VERSION", "1.0.0", 1); !pushed[tag] {
					t.Errorf("%s: a release does not push the tag %s", file, m[1])
				}
			}
		}
	}
	if found < 5 {
		t.Errorf("%d names of images found", found)
	}
}
