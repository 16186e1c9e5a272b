package integration

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

// TestStdoutClosed is a push whose result nobody takes: the work is done all the same, and the exit
// code reports that the result was lost.
func TestStdoutClosed(t *testing.T) {
	needSignals(t)
	both := newPair(t, "new")
	digest := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0").run(t)
	for _, test := range []struct {
		name string
		open func(testing.TB) *os.File
	}{
		{"a pipe without a reader", brokenPipe},
		{"a full disk", fullDisk},
	} {
		for _, format := range []string{"text", "json"} {
			t.Run(test.name+"/"+format, func(t *testing.T) {
				s := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0", "latest")
				p := newProcess(t, append(s.args, "--output", format)...)
				p.Stdout = test.open(t)
				p.launch(t)
				p.mustEnd(t, "exit status 1")
				if !strings.Contains(p.stderr.String(), "\nmanifest-tool: cannot write the result: ") {
					t.Errorf("stderr: %s", &p.stderr)
				}
				s.check(t, digest)
			})
		}
	}
}

func brokenPipe(t testing.TB) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	t.Cleanup(func() { w.Close() })
	return w
}

func fullDisk(t testing.TB) *os.File {
	t.Helper()
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestStdoutNotThere is a push whose stdout a shell has closed. A stdout that is thrown away is no error.
func TestStdoutNotThere(t *testing.T) {
	needSignals(t)
	if runtime.GOOS != "linux" {
		t.Skip("a closed stdout cannot be told from /dev/null here")
	}
	both := newPair(t, "new")
	digest := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0").run(t)
	for redirect, end := range map[string]string{
		">&-":                 "exit status 1",
		">/dev/null":          "exit status 0",
		">/dev/full":          "exit status 1",
		">&- 2>&- <&-":        "exit status 1",
		">&- 2>/dev/null":     "exit status 1",
		">/dev/null <&- 2>&-": "exit status 0",
	} {
		t.Run(redirect, func(t *testing.T) {
			s := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0")
			p := newProcess(t, s.args...)
			p.Path, p.Args = "/bin/sh", append([]string{"sh", "-c", `"$0" "$@" ` + redirect + `; exit $?`}, p.Args...)
			p.launch(t)
			p.mustEnd(t, end)
			s.check(t, digest)
		})
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	s := both.stage(t, both.repository(), "HOST/new/ARCH:1.0", "1.0")
	p := newProcess(t, s.args...)
	p.Stdout = null
	p.launch(t)
	p.mustEnd(t, "exit status 0")
}
