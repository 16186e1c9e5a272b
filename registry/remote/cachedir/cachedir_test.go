package cachedir

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

func manifestOf(text string) (Key, registry.Manifest) {
	m := registry.NewManifest(types.OCIManifestSchema1, []byte(text))
	return Key{ScopeOf("reg.test/app", "ci"), m.Digest}, m
}

func (d *Dir) mustHave(t *testing.T, k Key, want registry.Manifest) {
	t.Helper()
	if got, ok := d.Get(k); !ok || got.MediaType != want.MediaType || string(got.Bytes) != string(want.Bytes) {
		t.Errorf("got %v %+v, want %+v", ok, got, want)
	}
}

// files lists the files below a folder.
func files(t *testing.T, folder string) (paths []string) {
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestCacheOutlivesAProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "cache")
	k, m := manifestOf("{}\n{}")
	New(path).Put(k, m)
	New(path).mustHave(t, k, m)
	for name, other := range map[string]Key{
		"repository": {ScopeOf("reg.test/other", "ci"), k.Digest},
		"login":      {ScopeOf("reg.test/app", ""), k.Digest},
		"digest":     {Scope: k.Scope},
	} {
		if _, ok := New(path).Get(other); ok {
			t.Errorf("found with another %s", name)
		}
	}
	for _, file := range files(t, path) {
		for path, want := range map[string]fs.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v %v, want %v", path, info.Mode(), err, want)
			}
		}
	}
}

func TestDamagedFileIsReplaced(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"empty":     func(path string) error { return os.Truncate(path, 0) },
		"cut":       func(path string) error { return os.Truncate(path, 60) },
		"other":     func(path string) error { return os.WriteFile(path, []byte(magic+"x\nother"), 0o600) },
		"first":     func(path string) error { return os.WriteFile(path, []byte("{\"a\": \"some content\"}"), 0o600) },
		"too large": func(path string) error { return os.Truncate(path, 4<<20) },
		"no access": func(path string) error { return os.Chmod(path, 0) },
		"gone":      os.Remove,
		"all gone":  func(path string) error { return os.RemoveAll(filepath.Dir(filepath.Dir(path))) },
	} {
		t.Run(name, func(t *testing.T) {
			d := New(filepath.Join(t.TempDir(), "cache"))
			k, m := manifestOf("{\"a\": \"some content\"}")
			d.Put(k, m)
			if err := damage(files(t, d.path)[0]); err != nil {
				t.Fatal(err)
			}
			if _, ok := d.Get(k); ok && name != "no access" { // the superuser reads all files
				t.Error("a damaged file is read")
			}
			d.Put(k, m)
			d.mustHave(t, k, m)
		})
	}
}

// A folder that cannot be written, and something that is no file in the place of a file, are no errors.
func TestCacheThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := New(filepath.Join(file, "below"))
	k, m := manifestOf("a")
	d.Put(k, m)
	if _, ok := d.Get(k); ok || !d.readOnly.Load() {
		t.Errorf("found %v, read-only %v", ok, d.readOnly.Load())
	}
	d = New(t.TempDir())
	path, _ := d.file(k)
	if err := os.MkdirAll(filepath.Join(path, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	d.Put(k, m)
	if _, ok := d.Get(k); ok || len(files(t, d.path)) > 0 {
		t.Errorf("found %v, files %q", ok, files(t, d.path))
	}
	var none *Dir
	none.Put(k, m)
	if _, ok := none.Get(k); ok {
		t.Error("a nil cache has content")
	}
}

func TestConcurrentWriters(t *testing.T) {
	path := t.TempDir()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			d := New(path)
			for i := range 50 {
				k, m := manifestOf(fmt.Sprint("content ", i))
				if got, ok := d.Get(k); ok && string(got.Bytes) != string(m.Bytes) {
					t.Errorf("got %q", got.Bytes)
				}
				d.Put(k, m)
				d.mustHave(t, k, m)
			}
		})
	}
	group.Wait()
	if n := len(files(t, path)); n != 50 {
		t.Errorf("%d files, want 50", n)
	}
}

// The oldest files make room for new ones. Unfinished files of killed processes are among them.
func TestOldestAreRemoved(t *testing.T) {
	d := New(t.TempDir())
	d.limit = 16 * block
	old := time.Now().Add(-100 * time.Hour)
	used, usedManifest := manifestOf("used")
	d.Put(used, usedManifest)
	path, _ := d.file(used)
	unfinished := filepath.Join(filepath.Dir(path), "new-1")
	if err := os.WriteFile(unfinished, make([]byte, block), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, unfinished} {
		if err := os.Chtimes(file, old, old); err != nil {
			t.Fatal(err)
		}
	}
	d.mustHave(t, used, usedManifest)
	if info, err := os.Stat(path); err != nil || time.Since(info.ModTime()) > time.Hour {
		t.Errorf("a file that is used keeps its time: %v", err)
	}
	for i := range 64 * parts {
		k, m := manifestOf(fmt.Sprint("more ", i))
		d.Put(k, m)
	}
	if n := len(files(t, d.path)); n > 16*parts || n < 8*parts {
		t.Errorf("%d files, want at most %d", n, 16*parts)
	}
	if _, err := os.Stat(unfinished); err == nil {
		t.Error("the unfinished file is there")
	}
	if k, m := manifestOf(fmt.Sprint("more ", 64*parts-1)); true {
		d.mustHave(t, k, m)
	}
}

func TestLargeContentIsNotKept(t *testing.T) {
	d := New(t.TempDir())
	k, m := manifestOf(string(make([]byte, maxContent+1)))
	d.Put(k, m)
	if n := len(files(t, d.path)); n > 0 {
		t.Errorf("%d files", n)
	}
}
