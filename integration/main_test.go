package integration

import (
	"flag"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"

	scriptprogram "github.com/manifest-tool/manifest-tool/internal/scripttest/program"
)

// scratch is a folder for what all tests share, and the first in PATH. It goes when the last test is done.
var scratch string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "manifest-tool-integration-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	scratch = dir
	os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	widen()
	debug.SetGCPercent(400)
	defer func() { stopWorkers() }()
	m.Run()
}

// widen lets twice as many tests run at once as there are processors, unless -parallel says how many:
// the tests mostly wait for other processes, and for the pauses of our program between tries.
func widen() {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0)))
	}
}

// stopWorkers ends what installProgram started.
var stopWorkers = func() {}

// programs returns a folder with manifest-tool as scripts run it in workers.
func programs(t testing.TB) string {
	t.Helper()
	dir, err := installProgram()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var installProgram = sync.OnceValues(func() (dir string, err error) {
	dir = filepath.Join(scratch, "programs")
	stop, err := scriptprogram.Install(dir)
	if err == nil {
		stopWorkers = stop
	}
	return dir, err
})

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
		"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", scratch+string(filepath.Separator), "../cmd/manifest-tool")
	if err != nil {
		return "", err
	}
	return exec.LookPath(filepath.Join(scratch, "manifest-tool")) // adds .exe on Windows
})
