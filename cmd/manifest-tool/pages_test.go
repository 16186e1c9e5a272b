package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/manifest-tool/manifest-tool/internal/output"
)

var update = flag.Bool("update", false, "write what the commands in README and docs print into these pages")

// root is the folder of README, as seen from here.
const root = "../.."

// generated are the pages that other tests write. They show no commands to run.
var generated = regexp.MustCompile(`^docs/(reference/(commands|messages)\.md$|man/|schema/)`)

// pages gives README and all pages in docs that are written by hand, as paths below root.
func pages(t *testing.T) []string {
	t.Helper()
	found := []string{"README.md"}
	err := fs.WalkDir(os.DirFS(root), "docs", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == "node_modules" || d.Name() == ".vitepress":
			return fs.SkipDir
		case strings.HasSuffix(path, ".md") && !generated.MatchString(path):
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func readPage(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestPages runs the commands of README and of each page in docs, and compares what they print. A page has a folder and
// registries of its own (world_test.go). A page may contain:
//
//	console   each line that starts with "$ " is run, and what it prints is the text below it. A command that prints a hint
//	          has to fail, every other one has to succeed; diff and outdated may exit with code 1. "$ echo $?" prints the exit code of the command before it
//	yaml      a file; "# NAME" in its first line names it
//	LANGUAGE FILE   the content of that file, as seen from README
//	<!--      a comment that starts with a line break: its "$ " lines are run too, and readers do not see them
func TestPages(t *testing.T) {
	for _, path := range pages(t) {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			text := readPage(t, path)
			got := runPage(t, text)
			if *update && !t.Failed() {
				if err := os.WriteFile(filepath.Join(root, path), []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(text, got); diff != "" {
				t.Errorf("%s differs from what its commands print; go test ./cmd/manifest-tool -run Pages -update (-page +now):\n%s", path, diff)
			}
		})
	}
}

// A part is a fenced block, with its language, or a comment.
var part = regexp.MustCompile("(?ms)^```(\\w*)(?: (\\S+))?\n(.*?)^```$|^<!--\n(.*?)-->$")

func runPage(t *testing.T, text string) string {
	w := newWorld(t)
	return part.ReplaceAllStringFunc(text, func(found string) string {
		m := part.FindStringSubmatch(found)
		language, file, content := m[1], m[2], m[3]
		switch {
		case strings.HasPrefix(found, "<!--"):
			w.run(t, m[4])
		case file != "":
			return fmt.Sprintf("```%s %s\n%s```", language, file, readPage(t, file))
		case language == "yaml":
			name, _, _ := strings.Cut(strings.TrimPrefix(content, "# "), "\n")
			w.write(t, name, []byte(w.real.Replace(content)))
		case language == "console":
			printed := w.run(t, content)
			if isFilled := prompted.ReplaceAllString(content, "") != ""; isFilled && hints(content) != hints(printed) {
				t.Errorf("other commands fail than on the page (take the output out of the page if that is meant):\n%s", printed)
			}
			return "```console\n" + printed + "```"
		case language != "sh" && language != "yml" && language != "groovy" && language != "text" && language != "json":
			t.Errorf("a block of a kind that no test checks: %q", language)
		}
		return found
	})
}

func hints(text string) int { return strings.Count(text, "\nhint: ") }

// prompted is a command behind a prompt. A backslash at the end of a line continues the command.
var prompted = regexp.MustCompile(`(?m)^\$ (?:.*\\\n)*.*\n`)

// run runs the commands of a block, and returns them with what a terminal shows.
func (w *world) run(t *testing.T, block string) string {
	t.Helper()
	var out strings.Builder
	for _, command := range prompted.FindAllString(block, -1) {
		out.WriteString(command + w.shell(t, strings.TrimPrefix(command, "$ ")))
	}
	return out.String()
}

// compares matches commands whose exit code 1 is a result.
var compares = regexp.MustCompile(`^manifest-tool (diff|outdated) `)

func (w *world) shell(t *testing.T, command string) string {
	t.Helper()
	cmd := exec.Command("sh", "-c", fmt.Sprintf("(exit %d)\n%s", w.code, w.real.Replace(command)))
	cmd.Dir, cmd.Env = w.dir, []string{"HOME=" + w.dir, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	raw, err := cmd.CombinedOutput()
	w.code = cmd.ProcessState.ExitCode()
	text := w.shown.Replace(string(raw))
	isFinding := w.code == output.ExitFailure && compares.MatchString(command)
	if failed := strings.Contains(text, "\nhint: "); failed != (err != nil) && !isFinding {
		t.Errorf("%s: %v\n%s", command, err, text)
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}
