package outfile

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Only folders of ours without an owner are swept.
func TestSweep(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	alive, err := NewTemp(dir)
	if err != nil {
		t.Fatal(err)
	}
	write(t, alive.Path("file"))
	write(t, filepath.Join(dir, prefix+"dead", lockName))
	write(t, filepath.Join(dir, prefix+"dead", "layout", "blobs", "x"))
	write(t, filepath.Join(dir, prefix+"early", "file")) // killed before there was a lock
	write(t, filepath.Join(dir, prefix+"file"))
	write(t, filepath.Join(dir, ".manifest-tool-other", "file"))
	write(t, filepath.Join(elsewhere, "kept"))
	for _, link := range [][2]string{{elsewhere, prefix + "link"}, {filepath.Join(elsewhere, "made"), prefix + "trap/" + lockName}} {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, link[1])), 0o700)
		if err := os.Symlink(link[0], filepath.Join(dir, link[1])); err != nil {
			t.Skip(err)
		}
	}
	next, err := NewTemp(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := names(t, dir)
	want := []string{".manifest-tool-other", filepath.Base(alive.folder), filepath.Base(next.folder), prefix + "file", prefix + "link", prefix + "trap"}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q are left, not %q", got, want)
	}
	if left := names(t, elsewhere); !slices.Equal(left, []string{"kept"}) {
		t.Errorf("elsewhere there is %q", left)
	}
	for _, temp := range []*Temp{alive, next} {
		if err := temp.Remove(); err != nil {
			t.Error(err)
		}
	}
	if left := names(t, dir); len(left) != len(want)-2 {
		t.Errorf("%q are left", left)
	}
}

// Owners in one folder do not sweep each other, however they meet.
func TestOwnersSideBySide(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 30 {
				temp, err := NewTemp(dir)
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(temp.Path("file"), nil, 0o600); err != nil {
					t.Errorf("an owner lost its folder: %v", err)
				}
				if err := temp.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}

func TestDescriptorOf(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd/1"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	link := func(name, to string) string {
		path := filepath.Join(dir, name)
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link("again", "dev/stdout")
	for path, want := range map[string]int{
		"/dev/stdout": 1, "/dev/stderr": 2, "/dev/stdin": 0, "/dev/fd/7": 7, "/dev/./fd/1": 1, "/proc/self/fd/12": 12, "/proc/thread-self/fd/2": 2,
		link("stdout", "/dev/stdout"): 1, link("dev", "/dev") + "/stderr": 2, link("fds", "/proc/self/fd") + "/5": 5, filepath.Join(dir, "again"): 1,
		"/dev/null": -1, "/dev/full": -1, dir: -1, filepath.Join(dir, "new"): -1, "/proc/self/fd": -1, "/dev/fd": -1, "/dev/fd/x": -1,
		link("loop", "loop"): -1, link("broken", "nothing"): -1, "": -1, "/dev/fd/99999999999999999999": -1,
	} {
		d, ok := DescriptorOf(path)
		if ok != (want >= 0) || ok && (d.Number != want || !d.Own) {
			t.Errorf("%s: %+v, %v", path, d, ok)
		}
	}
	if d, ok := DescriptorOf("/proc/1/fd/1"); !ok || d.Own != (os.Getpid() == 1) || d.Number != 1 {
		t.Errorf("the descriptor of another process: %+v, %v", d, ok)
	}
}
