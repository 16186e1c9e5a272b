//go:build unix

package run

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSpecsBelowPipe: nobody has named a pipe in a folder, so that the run does not wait for its other end.
func TestSpecsBelowPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, create := range map[string]func(oldname, newname string) error{"pipe": os.Link, "link to a pipe": os.Symlink} {
		folder := t.TempDir()
		if err := create(pipe, filepath.Join(folder, "a.yaml")); err != nil {
			t.Fatal(err)
		}
		if files, _, err := specFiles([]string{folder}); err == nil || !strings.Contains(err.Error(), "a.yaml: not a regular file") {
			t.Errorf("%s: found %q, %v", name, files, err)
		}
	}
}
