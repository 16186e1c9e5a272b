package main

import (
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/manifest-tool/manifest-tool/internal/scripttest/program"
)

const testBackoff = program.Backoff

// programDir is a folder in PATH, before that of the commands of this test binary.
var programDir string

func TestMain(m *testing.M) {
	testscript.Main(withProgramDir{m}, map[string]func(){"manifest-tool": program.Main})
}

// withProgramDir runs tests with a folder for the program, which goes when the last test is done.
type withProgramDir struct{ m *testing.M }

func (w withProgramDir) Run() int {
	dir, err := os.MkdirTemp("", "manifest-tool-test-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	programDir = dir
	os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	rarelyCollect()
	return w.m.Run()
}

// rarelyCollect lets the heap of the tests grow: most of what a run of the program in this process allocates is garbage
// soon. Tests call cli.Execute and not cli.Main, which sets what is right for a small build machine.
func rarelyCollect() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(1 << 30)
	}
}

// inProcesses prepares for a test that runs "manifest-tool" in processes: it puts a small executable into PATH. This
// test binary can do the same, and does so under the race detector, for a profile of coverage and without a go
// command, but takes longer to start.
func inProcesses(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("go"); raceDetector || testing.CoverMode() != "" || err != nil {
		return
	}
	if err := buildProgram(); err != nil {
		t.Fatal(err)
	}
}

var buildProgram = sync.OnceValue(func() error {
	cmd := exec.Command("go", "build", "-ldflags", "-s -w", "-o", programDir+string(filepath.Separator), "../../internal/scripttest/program/manifest-tool")
	cmd.Stderr = os.Stderr
	return cmd.Run()
})
