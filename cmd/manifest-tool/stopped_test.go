package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/cli"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// A stopAt ends the context of a run at its nth request, and notes what was written before.
type stopAt struct {
	mu      sync.Mutex
	nth     int
	cancel  context.CancelCauseFunc
	cause   error
	release chan struct{}
	seen    int
	written []string // the paths of uploads and manifests
}

func (s *stopAt) intercept(_ http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	s.seen++
	stop := s.seen == s.nth
	if !stop && r.Method == http.MethodPut {
		s.written = append(s.written, r.URL.Path)
	}
	s.mu.Unlock()
	if stop {
		s.cancel(s.cause)
		<-s.release // a handler that has not read its body does not see that the client is gone
	}
	return stop
}

// What the hint of a run promises that was stopped at any of its requests is true: nothing was written, or the same
// command sends only the rest, or it makes an archive anew.
func TestStoppedHint(t *testing.T) {
	const untouched, nothing, rest, restart = "no registry was changed", "nothing was written", "sends only what the target lacks", "starts again from the beginning"
	commands := map[string]struct {
		args  string
		hints []string
	}{
		"push":     {"push from-args --platforms linux/amd64,linux/arm64 --template S/app:ARCH --target T/app:1.0", []string{nothing, rest}},
		"edit":     {"edit T/index:1.0 --add S/app:s390x --retry-on-conflict 3", []string{nothing, rest}},
		"all tags": {"copy --all-tags S/app T/copy", []string{nothing, rest}},
		"archive":  {"copy S/app:amd64 oci-archive:FILE", []string{nothing, restart}},
		"both":     {"copy S/app:amd64 oci-archive:FILE T/both:1", []string{nothing, rest + "; an archive is written whole or not at all; the same command " + restart}},
		"force":    {"copy --force S/app:amd64 T/force:1", []string{nothing, "sends everything again, because of --force"}},
		"dry run":  {"copy --dry-run S/app:amd64 T/dry:1", []string{nothing}},
		"inspect":  {"inspect S/app:amd64", []string{untouched}},
		"create":   {"create --draft-file FILE T/app:1.0 S/app:amd64", []string{untouched}},
	}
	for name, tt := range commands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := map[string]bool{}
			step := 1
			if name == "edit" {
				step = 4 // each of its runs takes a second: see settleTime
			}
			for nth := 1; ; nth += step {
				s := &stopAt{nth: nth, cause: output.Interrupted{Signal: syscall.SIGINT}}
				if nth%3 == 2 {
					s.cause = output.TimedOut{After: 1}
				}
				ended := runStopped(t, s, tt.args, func(hint string) {
					i := slices.IndexFunc(tt.hints, func(want string) bool { return strings.Contains(hint, want) })
					if i < 0 {
						t.Errorf("stopped at request %d: %q", nth, hint)
						return
					}
					found[tt.hints[i]] = true
					if isUntouched := strings.Contains(hint, nothing) || strings.Contains(hint, untouched); isUntouched && len(s.written) > 0 {
						t.Errorf("stopped at request %d: %q, but %q", nth, hint, s.written)
					}
				})
				if ended {
					break
				}
			}
			if len(found) != len(tt.hints) {
				t.Errorf("of %q, these came: %v", tt.hints, found)
			}
		})
	}
}

// runStopped runs a command that is stopped, and then runs it again. It reports whether the first run ended before it
// could be stopped.
func runStopped(t *testing.T, s *stopAt, line string, check func(hint string)) (ended bool) {
	source, target := registrytest.New(t, registrytest.Options{}), registrytest.New(t, registrytest.Options{})
	for _, architecture := range []string{"amd64", "arm64", "s390x"} {
		source.Push(t, "app", architecture, registrytest.Image{Architecture: architecture, Layers: 2}.Build())
	}
	target.Push(t, "index", "1.0", registrytest.Index(false, registrytest.Image{Seed: "old"}.Build()))
	file := filepath.Join(t.TempDir(), "file")
	args := strings.Fields(strings.NewReplacer("S/", source.Host()+"/", "T/", target.Host()+"/", "FILE", file).Replace("manifest-tool " + line))
	run := func(ctx context.Context) (int, string) {
		var stderr bytes.Buffer
		code := cli.Execute(ctx, args, cli.Env{Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &stderr, Backoff: testBackoff})
		return code, stderr.String()
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	s.cancel, s.release = cancel, make(chan struct{})
	source.Intercept(s.intercept)
	target.Intercept(s.intercept)
	code, stderr := run(ctx)
	close(s.release)
	_, hint, _ := strings.Cut(stderr, "\nhint: ")
	if code == output.ExitDone {
		return s.seen < s.nth
	}
	check(hint)
	if _, err := os.Stat(file); err == nil {
		t.Errorf("%s: there is a file", line)
	}
	stored := uploads(target)
	target.ResetRequests()
	source.Intercept(nil)
	target.Intercept(nil)
	if code, stderr := run(t.Context()); code != output.ExitDone {
		t.Errorf("again: exit %d\n%s", code, stderr)
	}
	for _, digest := range uploads(target) {
		if slices.Contains(stored, digest) && !strings.Contains(line, "--force") {
			t.Errorf("%s: sent again: %s", line, digest)
		}
	}
	return false
}

// uploads are the digests of the blobs that a registry has stored.
func uploads(server *registrytest.Server) (digests []string) {
	for _, r := range server.Requests() {
		if r.Method == http.MethodPut && r.Status == http.StatusCreated && r.Query.Has("digest") {
			digests = append(digests, r.Query.Get("digest"))
		}
	}
	return digests
}
