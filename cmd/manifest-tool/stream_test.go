package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A conversation is a run whose stdin is written line by line, and whose results are read line by line.
type conversation struct {
	t      *testing.T
	stdin  *io.PipeWriter
	stdout *bufio.Scanner
	stderr bytes.Buffer
	code   chan int
}

func converse(t *testing.T, line string) *conversation {
	in, stdin := io.Pipe()
	stdout, out := io.Pipe()
	c := &conversation{t: t, stdin: stdin, stdout: bufio.NewScanner(stdout), code: make(chan int, 1)}
	go func() {
		code := cli.Execute(t.Context(), strings.Fields("manifest-tool "+line), cli.Env{Stdin: in, Stdout: out, Stderr: &c.stderr, Backoff: testBackoff})
		out.Close()
		c.code <- code
	}()
	return c
}

func (c *conversation) say(format string, args ...any) { fmt.Fprintf(c.stdin, format+"\n", args...) }

// hear returns the next result.
func (c *conversation) hear() (name, status, message string) {
	c.t.Helper()
	lines := make(chan string)
	go func() {
		c.stdout.Scan()
		lines <- c.stdout.Text()
	}()
	var result struct {
		Name, Status string
		Error        struct{ Message string }
	}
	select {
	case line := <-lines:
		if err := json.Unmarshal([]byte(line), &result); err != nil {
			c.t.Fatalf("%q: %v\n%s", line, err, c.stderr.String())
		}
	case <-time.After(20 * time.Second):
		c.t.Fatal("no result")
	}
	return result.Name, result.Status, result.Error.Message
}

// end closes stdin, and returns the exit code.
func (c *conversation) end() (code int, stderr string) {
	c.stdin.Close()
	code = <-c.code
	return code, c.stderr.String()
}

// A spec on stdin is pushed before the next one is written, also to a repository that the first did not name, of a
// registry that asks for a token for each. Faults fail their own lines.
func TestStreamBeginsAtOnce(t *testing.T) {
	for command, line := range map[string]func(source, target string) string{
		"push from-spec -": func(source, target string) string {
			return fmt.Sprintf(`{"image": "H/%s", "manifests": [{"image": "H/%s", "platform": "linux/amd64"}]}`, target, source)
		},
		"copy --pairs -": func(source, target string) string { return fmt.Sprintf("H/%s H/%s", source, target) },
	} {
		server := registrytest.New(t, withTokens)
		server.Push(t, "app", "1", registrytest.Image{Architecture: "amd64"}.Build())
		config := filepath.Join(t.TempDir(), "config.json")
		login := fmt.Sprintf(`{"auths":{%q:{"username":"ci","password":%q}}}`, server.Host(), withTokens.Users["ci"])
		if err := os.WriteFile(config, []byte(login), 0o600); err != nil {
			t.Fatal(err)
		}
		c := converse(t, command+" --output jsonl --docker-cfg "+config)
		for i, step := range []struct{ line, status, message string }{
			{line("app:1", "base:1"), "done", ""},
			{line("base:1", "other:1"), "done", ""},
			{line("base:1", "other:1"), "failed", "stdin:2 and stdin:3 both push H/other:1"},
			{line("base:1", "app:1"), "failed", "stdin:4 pushes H/app:1, which stdin:1 has taken as a source: put"},
			{"oops", "failed", "stdin:5"},
			{line("app:none", "base:3"), "failed", "app:none"},
			{line("base:3", "other:3"), "failed", "stdin:7: not pushed, because stdin:6 makes one of its sources and failed"},
			{line("app:1", "third:1"), "done", ""},
		} {
			text, want := strings.ReplaceAll(step.line, "H/", server.Host()+"/"), strings.ReplaceAll(step.message, "H/", server.Host()+"/")
			c.say("%s", text)
			name, status, message := c.hear()
			if name != fmt.Sprint("stdin:", i+1) || status != step.status || !strings.Contains(message, want) {
				t.Errorf("%s: %s: result %s %s %s, want %s %s", command, text, name, status, message, step.status, want)
			}
		}
		if code, stderr := c.end(); code != 8 || !strings.Contains(stderr, "3 of 8 images done, 5 failed") {
			t.Errorf("%s: exit code %d\n%s", command, code, stderr)
		}
	}
}

// A failure with --fail-fast ends the run, although stdin stays open.
func TestStreamFailFast(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "app", "1", registrytest.Image{}.Build())
	failed := filepath.Join(t.TempDir(), "failed")
	c := converse(t, "copy --pairs - --output jsonl --fail-fast --failed-file "+failed)
	c.say("%[1]s/app:1 %[1]s/new:1", server.Host())
	if _, status, message := c.hear(); status != "done" {
		t.Fatal(status, message)
	}
	c.say("%[1]s/app:2 %[1]s/new:2", server.Host())
	if _, status, message := c.hear(); status != "failed" {
		t.Fatal(status, message)
	}
	select {
	case code := <-c.code:
		if code != 8 {
			t.Errorf("exit code %d\n%s", code, c.stderr.String())
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the run waits for stdin")
	}
	if left, err := os.ReadFile(failed); err != nil || string(left) != fmt.Sprintf("%[1]s/app:2 %[1]s/new:2\n", server.Host()) {
		t.Errorf("the failed specs are %q, %v", left, err)
	}
}

// A run that ends while it waits for stdin is no success, although no image failed: there may be more.
func TestStreamEndsWithTheRun(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "app", "1", registrytest.Image{}.Build())
	c := converse(t, "copy --pairs - --output jsonl --timeout 2s")
	c.say("%[1]s/app:1 %[1]s/new:1", server.Host())
	if _, status, message := c.hear(); status != "done" {
		t.Fatal(status, message)
	}
	select {
	case code := <-c.code:
		if code != output.ExitUnavailable || !strings.Contains(c.stderr.String(), "not finished after 2s (--timeout)") {
			t.Errorf("exit code %d\n%s", code, c.stderr.String())
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the run waits for stdin")
	}
}

// Results in order wait for those before them, and so do the specs: the run reads no more than it may.
func TestStreamOrderedIsBounded(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "app", "1", registrytest.Image{}.Build())
	release := make(chan struct{})
	server.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/manifests/slow") {
			<-release
		}
		return false
	})
	c := converse(t, "copy --pairs - --output jsonl --ordered --quiet --jobs 16")
	const all = 1300
	said := make(chan int, all)
	go func() {
		for n := range all {
			tag := fmt.Sprint(n)
			if n == 0 {
				tag = "slow"
			}
			c.say("%[1]s/app:1 %[3]s %[1]s/new:%[2]s", server.Host(), tag, strings.Repeat(" ", 1000)) // a buffer of stdin holds few
			said <- n
		}
		c.stdin.Close()
	}()
	for end := time.Now().Add(time.Minute); len(said) < 900 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	for before := -1; len(said) > before; time.Sleep(time.Second) {
		before = len(said)
	}
	if n := len(said); n < 900 || n > 1200 {
		t.Errorf("%d of %d lines were read while the first result was missing", n, all)
	}
	close(release)
	for n := range all {
		if name, status, message := c.hear(); status != "done" || name != fmt.Sprint("stdin:", n+1) {
			t.Fatalf("result %d is %s: %s %s", n, name, status, message)
		}
	}
	if code, stderr := c.end(); code != 0 {
		t.Error(code, stderr)
	}
}

// The memory does not depend on the length of stdin, which is 100 MB here.
func TestStreamMemory(t *testing.T) {
	few, many := thousands(t, 1000, 10_000)
	b, program := newBulkRegistry(t), build(t)
	image := b.add("amd64", "one", nil)
	blanks := strings.Repeat(" ", 100_000)
	streamed := func(n int) measurement {
		in, out := io.Pipe()
		go func() {
			for i := range n {
				fmt.Fprintf(out, "{\"image\": \"%[1]s/app:%[2]d-%[3]d\",%[4]s\"manifests\": [{\"image\": \"%[1]s/app@%[5]s\"}]}\n", b.host(), n, i, blanks, image.Digest)
			}
			out.Close()
		}()
		m := measure(t, program, in, "push", "from-spec", "--quiet", "-")
		if lines := strings.Count(m.stdout, "Digest: "); lines != n {
			t.Errorf("%d lines for %d specs", lines, n)
		}
		return m
	}
	smaller := streamed(few)
	streamed(many).check(t, smaller, min(maxPeak, smaller.peak+maxGrowth))
}
