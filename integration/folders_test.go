package integration

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// sameFolders fails the test for each file that is not in both folders with the same bytes.
func sameFolders(t *testing.T, one, other string) {
	t.Helper()
	first, second := sums(t, one), sums(t, other)
	if len(first) == 0 {
		t.Fatalf("%s has no files", one)
	}
	names := maps.Clone(first)
	maps.Copy(names, second)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if first[name] != second[name] {
			t.Errorf("%s: %q in %s, %q in %s", name, first[name], one, second[name], other)
		}
	}
}

// sums returns the SHA-256 of each file of a folder.
func sums(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		found[filepath.ToSlash(name)] = fmt.Sprintf("%x", sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
