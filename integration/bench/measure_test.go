package main

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/integration/bench/cost"
)

func testMeasurer(t *testing.T) measurer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "measurer")
	if out, err := exec.Command("go", "build", "-o", path, "./cost/measurer").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return measurer(path)
}

// TestMeasure: what is ours is not counted as that of the tool, however much it is.
func TestMeasure(t *testing.T) {
	program, err := exec.LookPath("true")
	if err != nil {
		t.Skip(err)
	}
	ballast := make([]byte, 64<<20)
	for i := range ballast {
		ballast[i] = 1
	}
	usages, err := testMeasurer(t).run(t.Context(), cost.Order{Commands: [][]string{{program}, {program}}})
	runtime.KeepAlive(ballast)
	if err != nil {
		t.Fatal(err)
	}
	if len(usages) != 2 || usages[0].Wall <= 0 {
		t.Fatalf("got %+v, want two usages", usages)
	}
	if peak := usages[1].Peak; runtime.GOOS == "linux" && (peak == 0 || peak > 8<<20) {
		t.Errorf("a program that does nothing needs %d bytes", peak)
	}
}

// TestMeasureTogether: commands that run at the same time take the time of one, and have one usage.
func TestMeasureTogether(t *testing.T) {
	program, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip(err)
	}
	line := []string{program, "1"}
	usages, err := testMeasurer(t).run(t.Context(), cost.Order{Commands: [][]string{line, line, line, line}, AtOnce: 4})
	if err != nil {
		t.Fatal(err)
	}
	if len(usages) != 1 || usages[0].Wall < time.Second || usages[0].Wall > 3*time.Second {
		t.Errorf("got %+v, want one usage of about a second", usages)
	}
	_, err = testMeasurer(t).run(t.Context(), cost.Order{Commands: [][]string{{program, "0"}, {program, "never"}}, AtOnce: 2})
	if err == nil || !strings.Contains(err.Error(), program+" never: exit status 1") {
		t.Errorf("got %v, want the command line that failed", err)
	}
}

func TestMeasureFailure(t *testing.T) {
	program, err := exec.LookPath("false")
	if err != nil {
		t.Skip(err)
	}
	_, err = testMeasurer(t).run(t.Context(), cost.Order{Commands: [][]string{{program, "now"}}})
	if err == nil || !strings.Contains(err.Error(), program+" now: exit status 1") {
		t.Errorf("got %v, want the command line and its exit code", err)
	}
}
