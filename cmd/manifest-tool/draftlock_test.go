//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// TestDraftLockIsAFile: who may write to the folder can have nobody wait for ever, nor make files elsewhere.
func TestDraftLockIsAFile(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "app", "amd64", registrytest.Image{}.Build())
	outside := filepath.Join(t.TempDir(), "made")
	for name, put := range map[string]func(path string) error{
		"FIFO":         func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"link outside": func(path string) error { return os.Symlink(outside, path) },
		"link inside":  func(path string) error { return os.Symlink("made", path) },
		"folder":       func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			const lockName = ".lock"
			dir := t.TempDir()
			if err := put(filepath.Join(dir, lockName)); err != nil {
				t.Fatal(err)
			}
			done := make(chan string, 1)
			go func() {
				code, _, stderr := tool(t, "", nil, "create", "--drafts", dir, server.Host()+"/app:1.0", server.Host()+"/app:amd64")
				if code == output.ExitUsage {
					done <- stderr
				}
				close(done)
			}()
			select {
			case stderr := <-done:
				if !strings.Contains(stderr, filepath.Join(dir, lockName)+" is not a regular file") {
					t.Errorf("another error, or none: %s", stderr)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("it waits for ever")
			}
			for _, path := range []string{outside, filepath.Join(dir, "made")} {
				if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s is there: %v", path, err)
				}
			}
		})
	}
}
