// Command assets makes the files of a release that are not in git: the completion scripts of the shells, the man pages in
// gzip, and the licences of what is in the program.
//
//	assets DIR
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// completions are the names of the scripts, as the shells and packages expect them.
var completions = map[string]string{
	"bash":       "manifest-tool.bash",
	"zsh":        "_manifest-tool",
	"fish":       "manifest-tool.fish",
	"powershell": "manifest-tool.ps1",
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: assets DIR")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatalf("assets: %v", err)
	}
}

// run starts with an empty DIR, so that a page that is gone does not stay in a release.
func run(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := writeCompletions(filepath.Join(dir, "completions")); err != nil {
		return err
	}
	return errors.Join(
		writeManPages("docs/man", filepath.Join(dir, "man")),
		writeLicences(filepath.Join(dir, "THIRD-PARTY-LICENSES")),
	)
}

// writeLicences writes the texts of the licences of Go and of the modules in the program. They are the same on all systems.
func writeLicences(path string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	golang, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "LICENSE"))
	if err != nil {
		return err
	}
	report := exec.Command("go", "tool", "-modfile=integration/tools/go-licenses/go.mod", "go-licenses",
		"report", "./cmd/manifest-tool", "--template", "internal/release/assets/licences.tmpl")
	modules, err := report.Output() // stderr has warnings about web addresses
	if err != nil {
		return fmt.Errorf("%s: %w", report, err)
	}
	text := slices.Concat([]byte("The Go standard library (BSD-3-Clause)\n\n"), golang, modules)
	return os.WriteFile(path, text, 0o644)
}

// writeCompletions builds the program for this machine, and asks it for the script of each shell.
func writeCompletions(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for shell, name := range completions {
		cmd := exec.Command("go", "run", "./cmd/manifest-tool", "completion", shell)
		cmd.Stderr = os.Stderr
		script, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("completion %s: %w", shell, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), script, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func writeManPages(from, to string) error {
	pages, err := filepath.Glob(filepath.Join(from, "*.1"))
	if err != nil || len(pages) == 0 {
		return errors.Join(err, fmt.Errorf("man pages in %s: %d", from, len(pages)))
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, page := range pages {
		if err := writeCompressed(page, filepath.Join(to, filepath.Base(page)+".gz")); err != nil {
			return err
		}
	}
	return nil
}

// writeCompressed writes no name and no time into the gzip file: the same page has the same bytes.
func writeCompressed(from, to string) error {
	page, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(page); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(to, b.Bytes(), 0o644)
}
