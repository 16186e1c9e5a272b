package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEndOfTime: no other failure is taken for the end of the time.
func TestEndOfTime(t *testing.T) {
	const bare = "fuzz: elapsed: 9s, execs: 7 (0/sec), new interesting: 1 (total: 2)\n--- FAIL: FuzzA (9.03s)\n    context deadline exceeded\nFAIL\nexit status 1\nFAIL\tm/a\t9.057s\n"
	for out, want := range map[string]bool{
		bare: true,
		"--- FAIL: FuzzA (1.03s)\n    --- FAIL: FuzzA (0.00s)\n        a_test.go:9: context deadline exceeded\n    Failing input written to testdata/fuzz/FuzzA/7\nFAIL\n": false,
		strings.Replace(bare, "exceeded\n", "exceeded\n    Failing input written to testdata/fuzz/FuzzA/7\n", 1):                                                           false,
		"--- FAIL: FuzzA (0.00s)\n    a_test.go:9: context deadline exceeded\nFAIL\n":                                                                                      false,
		"panic: context deadline exceeded\nFAIL\n": false,
	} {
		if got := isEndOfTime([]byte(out)); got != want {
			t.Errorf("%v, want %v:\n%s", got, want, out)
		}
	}
}

// TestRun fuzzes a module with a target that holds and a target that fails.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":          "module example.test/m\n\ngo 1.26\n",
		"a/a_test.go":     "package a\n\nimport \"testing\"\n\nfunc FuzzHolds(f *testing.F) { f.Fuzz(func(*testing.T, int) {}) }\n",
		"b/b_test.go":     "package b\n\nimport \"testing\"\n\nfunc FuzzFails(f *testing.F) { f.Add(7); f.Fuzz(func(t *testing.T, i int) { if i == 7 { t.Error(\"seven\") } }) }\n",
		"b/plain_test.go": "package b\n\nimport \"testing\"\n\nfunc TestPlain(*testing.T) {}\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	var out bytes.Buffer
	r := runner{program: "go", out: &out, time: "2x", corpus: "corpus"}
	err := r.run("")
	if err == nil || !strings.Contains(err.Error(), "FuzzFails of example.test/m/b") || strings.Contains(err.Error(), "FuzzHolds") {
		t.Errorf("the error is %v\n%s", err, &out)
	}
	out.Reset()
	if err := r.run("Holds"); err != nil || strings.Contains(out.String(), "FuzzFails") {
		t.Errorf("FuzzHolds alone: %v\n%s", err, &out)
	}
	if _, err := os.Stat(filepath.Join("corpus", "example.test/m/a")); err != nil {
		t.Error(err)
	}
}
