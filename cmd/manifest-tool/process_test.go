package main

import (
	"log"
	"os"
	"os/exec"
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
	defer func() { stopWorkers() }()
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

// inProcesses prepares for a test that runs "manifest-tool" in processes: it puts an executable into PATH that has workers.
// This test binary can run the program too, and does so under the race detector, for a profile of coverage and without a
// go command, but takes longer to start.
func inProcesses(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("go"); raceDetector || testing.CoverMode() != "" || err != nil {
		return
	}
	if err := installProgram(); err != nil {
		t.Fatal(err)
	}
}

// stopWorkers ends what installProgram started.
var stopWorkers = func() {}

var installProgram = sync.OnceValue(func() error {
	stop, err := program.Install(programDir)
	if err == nil {
		stopWorkers = stop
	}
	return err
})
