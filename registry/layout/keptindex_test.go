package layout

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// countedFiles count how often index.json is read.
type countedFiles struct {
	dir  string
	kept KeptIndex
	n    int
}

func (f *countedFiles) ReadFile(name string) ([]byte, error) {
	f.n++
	return os.ReadFile(filepath.Join(f.dir, name))
}
func (f *countedFiles) Path(name string) string { return filepath.Join(f.dir, name) }
func (f *countedFiles) KeptIndex() (*KeptIndex, fs.FileInfo) {
	info, _ := os.Lstat(f.Path(indexFile))
	return &f.kept, info
}

// A large index.json is read again if it changed, or changed a moment ago; a small one always.
func TestKeptIndex(t *testing.T) {
	write := func(f *countedFiles, word string, size int, age time.Duration) {
		text := `{"schemaVersion":2,"manifests":[],"annotations":{"` + word + `":"` + strings.Repeat("x", size) + `"}}`
		if err := os.WriteFile(f.Path(indexFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		if err := os.Chtimes(f.Path(indexFile), when, when); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		size  int
		age   time.Duration
		reads int
	}{
		"small": {10, time.Hour, 3}, "large and old": {largeIndex, time.Hour, 1}, "large and new": {largeIndex, 0, 3},
	} {
		f := &countedFiles{dir: t.TempDir()}
		write(f, "a", test.size, test.age)
		for range 3 {
			if x, err := readIndex(f); err != nil || !strings.Contains(string(x.raw), `"a"`) {
				t.Errorf("%s: %.80s, error %v", name, x.raw, err)
			}
		}
		if f.n != test.reads {
			t.Errorf("%s: read %d times, want %d", name, f.n, test.reads)
		}
		write(f, "b", test.size, test.age/2)
		if x, err := readIndex(f); err != nil || !strings.Contains(string(x.raw), `"b"`) {
			t.Errorf("%s, changed: %.80s, error %v", name, x.raw, err)
		}
	}
}
