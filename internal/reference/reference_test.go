package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// TestCurrent compares the pages in the repository with the source.
func TestCurrent(t *testing.T) {
	want := allPages(t)
	for path, text := range want {
		got, err := os.ReadFile(filepath.Join(root, folder, path))
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s/%s is not what the source says: run make docs-reference (%v)", folder, path, err)
		}
	}
	men, err := filepath.Glob(filepath.Join(root, folder, "man", "*"))
	if err != nil || len(men) == 0 {
		t.Fatal(men, err)
	}
	for _, path := range men {
		if want["man/"+filepath.Base(path)] == nil {
			t.Errorf("%s belongs to no command: run make docs-reference", path)
		}
	}
}

func allPages(t *testing.T) map[string][]byte {
	t.Helper()
	all, err := pages(root)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestManSynopsis reads the synopsis of a command whose usage takes two lines in help.
func TestManSynopsis(t *testing.T) {
	_, text, _ := bytes.Cut(allPages(t)["man/manifest-tool-push-from-args.1"], []byte(".SH SYNOPSIS\n"))
	text, _, _ = bytes.Cut(text, []byte("\n.SH "))
	want := `\fBmanifest\-tool push from\-args\fP \-\-platforms PLATFORM,... \-\-template IMAGE \-\-target IMAGE [FLAGS]`
	if got := strings.TrimSpace(string(text)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestManPages lets man and mandoc read the pages.
func TestManPages(t *testing.T) {
	dir := t.TempDir()
	for path, text := range allPages(t) {
		if !strings.HasPrefix(path, "man/") {
			continue
		}
		file := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".1")
		for _, section := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "SEE ALSO"} {
			if !bytes.Contains(text, []byte("\n.SH "+section+"\n")) {
				t.Errorf("%s has no section %s", path, section)
			}
		}
		t.Run(name+"/man", func(t *testing.T) {
			text, warnings := read(t, "man", "--warnings", "-l", file)
			if warnings != "" {
				t.Error(warnings)
			}
			if first, _, _ := strings.Cut(text, "\n"); !strings.HasPrefix(first, strings.ToUpper(name)+"(1)") {
				t.Errorf("the page begins with %q", first)
			}
		})
		t.Run(name+"/mandoc", func(t *testing.T) {
			found, _ := read(t, "mandoc", "-Tlint", "-Wwarning", file)
			for line := range strings.Lines(found) {
				if !strings.Contains(line, "missing date") { // a date would differ with each build
					t.Error(line)
				}
			}
		})
	}
}

// read runs a reader of man pages. In CI it has to be installed.
func read(t *testing.T, program string, args ...string) (stdout, stderr string) {
	t.Helper()
	path, err := exec.LookPath(program)
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatalf("CI needs %s: %v", program, err)
	case err != nil:
		t.Skipf("%s: not installed", program)
	}
	var out, warnings strings.Builder
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANPAGER=cat", "MANWIDTH=100", "GROFF_NO_SGR=1")
	cmd.Stdout, cmd.Stderr = &out, &warnings
	if err := cmd.Run(); err != nil && program == "man" {
		t.Fatalf("%v: %s", err, warnings.String())
	}
	return out.String(), warnings.String()
}

// TestLinks follows the links within the reference of commands.
func TestLinks(t *testing.T) {
	text := string(allPages(t)["reference/commands.md"])
	var anchors []string
	for _, m := range regexp.MustCompile(`(?m)^##+ (.*)$`).FindAllStringSubmatch(text, -1) {
		anchors = append(anchors, anchor(strings.ToLower(m[1])))
	}
	links := regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(text, -1)
	if len(links) < 20 {
		t.Fatalf("only %d links", len(links))
	}
	for _, m := range links {
		if !slices.Contains(anchors, m[1]) {
			t.Errorf("no heading is #%s", m[1])
		}
	}
}

// TestCommands looks for commands and flags in the pages.
func TestCommands(t *testing.T) {
	m := readManual()
	all := allPages(t)
	if len(m.pages) < 16 || len(m.topics) < 5 || len(m.shared) < 2 {
		t.Fatalf("%d commands, %d topics, %d groups of shared flags", len(m.pages), len(m.topics), len(m.shared))
	}
	for _, page := range m.pages {
		man := all["man/"+manName(page.Path)+".1"]
		if man == nil {
			t.Errorf("%s has no man page", page.Path)
		}
		for _, group := range page.Groups {
			for _, flag := range group.Flags {
				if want := strings.ReplaceAll("--"+flag.Names[0], "-", `\-`); !bytes.Contains(man, []byte(want)) {
					t.Errorf("the man page of %s has no %s", page.Path, want)
				}
			}
		}
	}
	for _, want := range []string{"## manifest-tool push from-spec\n", "| `--type auto\\|docker\\|oci` |", "| `--ca-file FILE` |", "### manifest-tool help exit-codes\n"} {
		if !bytes.Contains(all["reference/commands.md"], []byte(want)) {
			t.Errorf("the reference has no %q", want)
		}
	}
}

// TestMessages looks for messages of each kind, with their exit codes.
func TestMessages(t *testing.T) {
	s, err := parseSource(root)
	if err != nil {
		t.Fatal(err)
	}
	hints := s.hints()
	codes := map[string]bool{}
	for _, h := range hints {
		if h.text == "" || h.code == "" {
			t.Errorf("a hint without text or exit code: %+v", h)
		}
		codes[h.code] = true
	}
	for _, code := range []string{"2", "3", "4", "5", "6", "7", "8", byCause} {
		if !codes[code] {
			t.Errorf("no hint has the exit code %s", code)
		}
	}
	counts := map[string]int{}
	messages := s.messages(hints)
	for _, m := range messages {
		counts[fmt.Sprintf("%s %d %s", m.room, m.kind, m.code)]++
	}
	for want, least := range map[string]int{
		"internal/cli 1 2":           30, // usage
		"spec 1 2":                   60,
		"registry/resolve 1 5":       5, // classes
		"registry/resolve 1 3":       3,
		"internal/output 1 6":        1, // the type MovedError
		"auth 1 4":                   1, // the type HelperError
		"registry/plan 2 " + byCause: 10,
	} {
		if counts[want] < least {
			t.Errorf("%s: %d messages, expected %d", want, counts[want], least)
		}
	}
}

func TestExact(t *testing.T) {
	roff := ".TH \"A-B\"\nuser\\-made it's --x ~/y\n.EX\ntool --glob '1.*'\n.EE\nit's\n"
	want := ".TH \"A-B\"\nuser\\-made it's \\-\\-x \\(ti/y\n.EX\ntool \\-\\-glob \\(aq1.*\\(aq\n.EE\nit's\n"
	if got := exact(roff); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestReadable(t *testing.T) {
	for format, want := range map[string]string{
		"--jobs %d: it takes at least 2": "--jobs …: it takes at least 2",
		"unknown flag --%s%s":            "unknown flag --…",
		"annotation %q: %v":              `annotation "…": …`,
		"about %.1f %% of %[1]s":         "about … % of …",
		"ends with %":                    "ends with ",
	} {
		if got := readable(format); got != want {
			t.Errorf("%q: got %q, want %q", format, got, want)
		}
	}
	for text, want := range map[string]bool{"…: …": false, `"…" (…)`: false, "… is gone": true} {
		if says(text) != want {
			t.Errorf("says(%q) is %t", text, !want)
		}
	}
}

func TestBlocks(t *testing.T) {
	got := blocks("One line\nand another.\n\n  literal\n    deeper\n\n  literal too\nA paragraph.\n\n\nThe last.\n")
	want := []block{
		{"One line\nand another.", false}, {"literal\n  deeper\n\nliteral too", true}, {"A paragraph.", false}, {"The last.", false},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}
