package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const tests = `package p

import ("os"; "testing")

func TestPass(t *testing.T) { t.Log("a passing test says nothing") }

func TestParent(t *testing.T) {
	t.Run("skipped", func(t *testing.T) { t.Log("tried"); t.Skip("podman: not installed") })
	t.Run("too", func(t *testing.T) { t.Skip("podman: not installed") })
	t.Run("without a word", func(t *testing.T) { t.SkipNow() })
}

func FuzzInput(f *testing.F) {
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) { t.Skip("no input for this") })
}

func TestFail(t *testing.T) {
	if os.Getenv("FAIL") == "fail" {
		t.Run("child", func(t *testing.T) { t.Error("this is wrong") })
	}
	if os.Getenv("FAIL") == "panic" {
		panic("this is a panic")
	}
	if os.Getenv("FAIL") == "exit" {
		os.Exit(3)
	}
}
`

// TestRun runs go test on a module of two packages.
func TestRun(t *testing.T) {
	const (
		untested = `^\?   \tm/q\t\[no test files\]\n`
		skips    = `skipped: 3 tests: podman: not installed \(2\); TestParent/without_a_word \(1\)\n`
	)
	for _, test := range []struct {
		name, fail, source string
		args               []string
		code               int
		out                string // a regular expression
	}{
		{"passes", "", tests, nil, 0, untested + `ok  \tm/p\t[0-9.]+s\n` + skips + `$`},
		{"fails", "fail", tests, nil, 1, untested +
			`    p_test.go:\d+: this is wrong\n--- FAIL: TestFail/child .*\n--- FAIL: TestFail .*\nFAIL\nFAIL\tm/p\t[0-9.]+s\n` + skips + `$`},
		{"panics", "panic", tests, nil, 1, `panic: this is a panic(?s:.*)FAIL\tm/p\t.*\n` + skips + `$`},
		{"exits", "exit", tests, nil, 1, untested + `--- running: TestFail\nFAIL\tm/p\t.*\n` + skips + `$`},
		{"does not compile", "", "package p\n\nvar x int = undefined\n", nil, 1,
			`p_test.go:3:13: undefined: undefined\n(?s:.*)FAIL\tm/p \[build failed\]\n(?s:.*)skipped: 0 tests\n$`},
		{"nothing skipped", "", tests, []string{"-run", "TestPass"}, 0, `\nskipped: 0 tests\n$`},
		{"wrong use", "", tests, []string{"-count", "x"}, 2, `^skipped: 0 tests\n$`},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "go.mod", "module m\n\ngo 1.26\n")
			write(t, dir, "p/p_test.go", test.source)
			write(t, dir, "q/q.go", "package q\n")
			t.Chdir(dir)
			t.Setenv("GOFLAGS", "")
			t.Setenv("GOWORK", "off")
			t.Setenv("FAIL", test.fail)
			var out strings.Builder
			code, err := run(&out, "go", 0, append(test.args, "m/q", "m/p"))
			if err != nil || code != test.code {
				t.Errorf("exit code %d, %v", code, err)
			}
			if got := out.String(); !regexp.MustCompile(test.out).MatchString(got) || strings.Contains(got, "a passing test") {
				t.Errorf("it prints\n%s", got)
			}
		})
	}
}

// TestMain is a go command that is killed, if TestKilled asks for that.
func TestMain(m *testing.M) {
	if os.Getenv("GOTEST_KILLED") != "" {
		self, _ := os.FindProcess(os.Getpid())
		self.Kill()
		select {}
	}
	m.Run()
}

func TestKilled(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOTEST_KILLED", "yes")
	if code, err := run(&strings.Builder{}, program, 0, nil); code == 0 && err == nil {
		t.Error("the go command was killed, and that is a success")
	}
}

func TestNoGo(t *testing.T) {
	if _, err := run(&strings.Builder{}, filepath.Join(t.TempDir(), "go"), 0, nil); err == nil {
		t.Error("there is no go command, and no error")
	}
}

// TestTwoPackages has two packages that run at the same time. One fails; the test of the other goes on.
func TestTwoPackages(t *testing.T) {
	var out strings.Builder
	r := newReport(&out)
	events := `go: a line that is no event
{"Action":"output","Package":"a","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"b","Test":"TestA","Output":"goroutine 1\n"}
{"Action":"output","Package":"a","Test":"TestA","Output":"    a_test.go:1: not yet\n"}
{"Action":"output","Package":"b","Output":"FAIL\tb\t0.1s\n"}
{"Action":"fail","Package":"b"}
{"Action":"skip","Package":"a","Test":"TestA"}
{"Action":"output","Package":"a","Output":"PASS\n"}
{"Action":"output","Package":"a","Output":"ok  \ta\t0.1s\n"}`
	if err := r.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	want := "go: a line that is no event\n--- running: TestA\ngoroutine 1\nFAIL\tb\t0.1s\nok  \ta\t0.1s\n"
	if out.String() != want || r.skips() != "skipped: 1 test: not yet (1)" {
		t.Errorf("%s%s", &out, r.skips())
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
