package main

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// The registries that an index names as sources get no login of the command line that is for the registry of the index.
func TestOutdatedKeepsLogin(t *testing.T) {
	main := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.BasicAuth}))
	other := registrytest.New(t, registrytest.Options{Auth: registrytest.BasicAuth, Users: map[string]string{"bob": registrytest.Canary}})
	other.Push(t, "base", "amd64", registrytest.Image{Architecture: "amd64"}.Build())
	login := []string{"--username", "ci", "--password-stdin"}
	index := main.Host() + "/app:1"
	push := append([]string{"push", "from-args", "--record-sources", "--creds", other.Host() + "=bob:" + registrytest.Canary,
		"--platforms", "linux/amd64", "--template", other.Host() + "/base:ARCH", "--target", index}, login...)
	if code, _, stderr := tool(t, canary, nil, push...); code != output.ExitDone {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	other.ResetRequests()
	code, stdout, stderr := tool(t, canary, nil, append([]string{"outdated", index}, login...)...)
	if code != output.ExitDenied || stdout != "" {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	if len(other.Requests()) == 0 {
		t.Error("the registry of the source was not asked")
	}
	wantNoSecrets(t, other)
}

// Failures of commands that compare are 2 or more, because 1 is a result: also without an answer, and if the result
// cannot be written.
func TestComparingFailures(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "app", "1", registrytest.Image{Architecture: "amd64"}.Build())
	server.Push(t, "app", "2", registrytest.Image{Architecture: "amd64", Seed: "2"}.Build())
	one, two := server.Host()+"/app:1", server.Host()+"/app:2"
	for _, test := range []struct {
		args   []string
		stdout bool // can be written
		code   int
	}{
		{[]string{"diff", one, two}, true, 1},
		{[]string{"diff", one, two}, false, 2},
		{[]string{"diff", one, one}, false, 2},
		{[]string{"diff", one, "127.0.0.1:1/app:1"}, true, 7},
		{[]string{"outdated", "127.0.0.1:1/app:1"}, true, 7},
		{[]string{"diff", "--help"}, false, 2},
		{[]string{"inspect", one}, false, 1},
	} {
		if got := exitCode(t, test.stdout, test.args...); got != test.code {
			t.Errorf("%q, stdout %v: exit %d, want %d", test.args, test.stdout, got, test.code)
		}
	}
}

// exitCode runs the program with a stdout that may fail.
func exitCode(t *testing.T, writable bool, args ...string) int {
	t.Helper()
	var stdout io.Writer = io.Discard
	if !writable {
		stdout = failingWriter{}
	}
	return cli.Execute(t.Context(), append([]string{"manifest-tool"}, args...), cli.Env{Stdin: strings.NewReader(""), Stdout: stdout, Stderr: io.Discard, Backoff: testBackoff})
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }
