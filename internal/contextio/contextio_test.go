//go:build unix

package contextio_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
)

const limit = 1 << 10

// A user may name a file of any kind.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	go os.WriteFile(pipe, []byte("from a pipe"), 0o600)
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file("linked", "from a link"), link); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, content, err string }{
		{file("small", "small"), "small", ""},
		{file("empty", ""), "", ""},
		{file("full", strings.Repeat("x", limit)), strings.Repeat("x", limit), ""},
		{file("large", strings.Repeat("x", limit+1)), "", "larger than the limit of 1 KiB"},
		{pipe, "from a pipe", ""},
		{link, "from a link", ""},
		{"/dev/null", "", ""},
		{"/dev/zero", "", "larger than the limit of 1 KiB"},
		{dir, "", "is a directory"},
	} {
		raw, err := contextio.ReadFile(t.Context(), test.path, limit)
		if string(raw) != test.content || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %.20q, error %v, want %.20q, error %q", test.path, raw, err, test.content, test.err)
		}
	}
	if _, err := contextio.ReadFile(t.Context(), filepath.Join(dir, "none"), limit); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: error %v", err)
	}
}

// The end of the context ends a read, before a pipe has a writer and while its writer writes nothing.
func TestReadFileEndsWithContext(t *testing.T) {
	for _, hasWriter := range []bool{false, true} {
		pipe := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		if hasWriter {
			f, err := os.OpenFile(pipe, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		if _, err := contextio.ReadFile(ctx, pipe, limit); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 5*time.Second {
			t.Errorf("with a writer %v: error %v after %s", hasWriter, err, time.Since(start))
		}
	}
}
