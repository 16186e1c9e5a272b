package main

import (
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

const slow = `package p

import ("os/exec"; "testing"; "time")

func TestSubtests(t *testing.T) {
	for range 6 {
		t.Run("quick", func(t *testing.T) { time.Sleep(time.Second) })
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	time.Sleep(time.Second)
}

func TestHangs(t *testing.T) {
	exec.Command("sleep", "3600").Run()
}
`

// TestLimit has a test that hangs. The tests before it take longer than the limit only together, and another package goes on.
func TestLimit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only on Linux does the package of a test end alone")
	}
	dir := t.TempDir()
	write(t, dir, "go.mod", "module m\n\ngo 1.26\n")
	write(t, dir, "p/p_test.go", slow)
	write(t, dir, "q/q_test.go", strings.ReplaceAll(slow, "3600", "0"))
	t.Chdir(dir)
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "off")
	var out strings.Builder
	begun := time.Now()
	code, err := run(&out, "go", 5*time.Second, []string{"-timeout", "0", "m/p", "m/q"})
	want := regexp.MustCompile(`(?s)--- over the limit of 5s: TestHangs of m/p\n.*--- running: TestHangs\nSIGQUIT: quit\n.*p_test.go:17.*FAIL\tm/p\t`)
	if code != 1 || err != nil || !want.MatchString(out.String()) || !strings.Contains(out.String(), "ok  \tm/q\t") {
		t.Errorf("exit code %d, %v after %s\n%s", code, err, time.Since(begun), &out)
	}
	if strings.Count(out.String(), "over the limit") != 1 {
		t.Errorf("other tests are over the limit\n%s", &out)
	}
}

func TestLimitOf(t *testing.T) {
	rest, each, err := limitOf([]string{"-limit", "2m", "./..."})
	if len(rest) != 1 || each != 2*time.Minute || err != nil {
		t.Errorf("%q, %s, %v", rest, each, err)
	}
	if _, _, err := limitOf([]string{"-limit", "x", "./..."}); err == nil {
		t.Error("x is no limit")
	}
}
