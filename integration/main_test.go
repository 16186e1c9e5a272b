package integration

import (
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// scratch is a folder for what all tests share. It goes when the last of them is done.
var scratch string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "manifest-tool-integration-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	scratch = dir
	m.Run()
}

// binary returns the path of manifest-tool, built as it is released: static, without local paths.
func binary(t testing.TB) string {
	t.Helper()
	path, err := buildBinary()
	if err != nil {
		t.Fatalf("build manifest-tool: %v", err)
	}
	return path
}

var buildBinary = sync.OnceValues(func() (string, error) {
	// A test must not depend on what git says about the folder that it runs in.
	_, err := runGo(buildTime, []string{"CGO_ENABLED=0"},
		"build", "-trimpath", "-buildvcs=false", "-o", scratch+string(filepath.Separator), "../cmd/manifest-tool")
	if err != nil {
		return "", err
	}
	return exec.LookPath(filepath.Join(scratch, "manifest-tool")) // adds .exe on Windows
})
