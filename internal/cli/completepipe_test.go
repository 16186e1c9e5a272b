//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

func TestCompleteDoesNotBlock(t *testing.T) {
	state := t.TempDir()
	dir := filepath.Join(state, "manifest-tool", "drafts")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	// A pipe blocks who opens it.
	if err := syscall.Mkfifo(filepath.Join(dir, "registry.example+pipe=1.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan []string, 1)
	go func() {
		done <- append(wordsOf(completeIn(t, state, "push", "reg")), completeIn(t, state, "annotate", "registry.example/pipe:1", "")...)
	}()
	select {
	case got := <-done:
		if !slices.Equal(got, []string{"registry.example/pipe:1", ""}) {
			t.Errorf("got %q", got)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("a draft that is a pipe holds the completion")
	}
}
