package layout_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
)

func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	first, second := open(t, dir), open(t, dir)
	mustPut(t, first, tag("first"), index("a"))

	second.SetLockWait(100 * time.Millisecond)
	err := second.PutManifest(t.Context(), tag("second"), index("b"))
	wantErr(t, err, registry.ErrUnavailable, "the lock of "+dir)

	second.SetLockWait(time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err = second.PutManifest(ctx, tag("second"), index("b"))
	wantErr(t, err, registry.ErrUnavailable, "the lock of "+dir)
	wantErr(t, err, context.DeadlineExceeded)

	if _, err := second.Manifest(t.Context(), tag("first")); err != nil {
		t.Errorf("reading has to wait for nobody: %v", err)
	}
	if _, err := second.Manifest(t.Context(), tag("second")); err == nil {
		t.Error("somebody wrote without the lock")
	}
	time.AfterFunc(50*time.Millisecond, func() { first.Close() })
	mustPut(t, second, tag("second"), index("b"))
	for _, name := range []string{"first", "second"} {
		if _, err := second.Manifest(t.Context(), tag(name)); err != nil {
			t.Error(err)
		}
	}
}

// TestCreatedAtOnce: many writers of one new layout, one after the other.
func TestCreatedAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	names := []string{"a", "b", "c", "d", "e", "f"}
	var all sync.WaitGroup
	for _, name := range names {
		repo := open(t, dir)
		all.Go(func() {
			if err := repo.PutManifest(t.Context(), tag(name), index(name)); err != nil {
				t.Error(err)
			}
			if err := repo.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, name := range names {
		if m, err := open(t, dir).Manifest(t.Context(), tag(name)); err != nil || m.Digest != index(name).Digest {
			t.Errorf("%s is %s, %v", name, m.Digest, err)
		}
	}
	wantSound(t, dir)
}

func TestClosed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	repo := open(t, dir)
	mustPut(t, repo, tag("v1"), index("a"))
	for range 2 {
		if err := repo.Close(); err != nil {
			t.Error(err)
		}
	}
	wantErr(t, repo.PutManifest(t.Context(), tag("v2"), index("b")), fs.ErrClosed, dir)
	_, err := repo.Manifest(t.Context(), tag("v1"))
	wantErr(t, err, fs.ErrClosed, dir)
}

// TestKilled kills a process that is writing a blob. The layout is as it was before, and the next
// writer need not wait, and clears up.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("LAYOUT_TO_WRITE"); dir != "" {
		writeForever(t, dir)
	}
	l := newLayout(t)
	l.index(named(l.blob(emptyIndex("a")), refName, "v1"))
	before, content := files(t, l.dir), l.read("index.json")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
	child.Env = append(os.Environ(), "LAYOUT_TO_WRITE="+l.dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // it is in the middle of the blob
		t.Error(err)
	}
	waiting := open(t, l.dir)
	waiting.SetLockWait(50 * time.Millisecond)
	wantErr(t, waiting.PutManifest(t.Context(), tag("v2"), index("b")), registry.ErrUnavailable)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()

	if left := files(t, l.dir); len(left) != len(before)+1 || l.read("index.json") != content {
		t.Errorf("the files were %q, they are %q", before, left)
	}
	repo := open(t, l.dir)
	mustPut(t, repo, tag("v1"), index("a"))
	if after := files(t, l.dir); !reflect.DeepEqual(before, after) {
		t.Errorf("the files were %q, they are %q", before, after)
	}
}

func writeForever(t *testing.T, dir string) {
	source := &counter{middle: func() error {
		os.Stdout.WriteString(".")
		select {}
	}}
	d := source.AddBlob("", bytes.Repeat([]byte("blob"), 100_000))
	_, err := open(t, dir).PutBlob(t.Context(), d, source)
	t.Fatal(err)
}
