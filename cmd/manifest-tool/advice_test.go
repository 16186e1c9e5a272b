package main

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

// Whatever becomes of the list of tags, the hint costs one request and some seconds at most, and the exit code stays.
func TestTagsOfHint(t *testing.T) {
	answers := map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		hint   string
	}{
		"none":       {nil, "/app has only the tag amd64"},
		"denied":     {status(http.StatusForbidden), "cannot be listed"},
		"overloaded": {status(http.StatusServiceUnavailable), "cannot be listed"},
		"rests": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
		}, "cannot be listed"},
		"empty":   {text(`{"name": "app", "tags": null}`), "/app has no tags"},
		"no list": {text(`<html>`), "cannot be listed"},
		"large":   {text(`{"tags": ["` + strings.Repeat("x", 2<<20) + `"]}`), "cannot be listed"},
		"hostile": {text(`{"tags": ["\u001b]0;x\u0007", "../../x", "amd64"]}`), "/app has only the tag amd64"},
		"slow":    {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "cannot be listed"},
	}
	for name, tt := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := registrytest.New(t, registrytest.Options{})
			server.Push(t, "app", "amd64", registrytest.Image{}.Build())
			var lists atomic.Int64 // the server may still be in its answer when the program has ended
			server.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/tags/list") {
					return false
				}
				lists.Add(1)
				if tt.answer != nil {
					tt.answer(w, r)
				}
				return tt.answer != nil
			})
			start := time.Now()
			code, stdout, stderr := tool(t, "", nil, "inspect", server.Host()+"/app:arm64")
			if took := time.Since(start); code != output.ExitNotFound || stdout != "" || took > 10*time.Second {
				t.Errorf("exit %d after %s\n%s", code, took, stdout)
			}
			if lists.Load() != 1 || !strings.Contains(stderr, "\nhint: ") || !strings.Contains(stderr, tt.hint) || strings.ContainsAny(stderr, "\x1b\x07") {
				t.Errorf("%d lists, want %q:\n%s", lists.Load(), tt.hint, stderr)
			}
		})
	}
}

// The time of --timeout that ends while a hint is made does not change the exit code.
func TestTagsOfHintTimeout(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "app", "amd64", registrytest.Image{}.Build())
	server.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/tags/list") {
			<-r.Context().Done()
		}
		return false
	})
	code, _, stderr := tool(t, "", nil, "inspect", "--timeout", "500ms", server.Host()+"/app:arm64")
	if code != output.ExitNotFound || !strings.Contains(stderr, "404 Not Found") || !strings.Contains(stderr, "hint: check the name; the tags of ") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}

// The hint for a registry that wants a login names a flag that reaches it: --username is for the target only.
func TestLoginHint(t *testing.T) {
	closed := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.TokenAuth}))
	closed.Push(t, "app", "amd64", registrytest.Image{}.Build())
	open := registrytest.New(t, registrytest.Options{})
	open.Push(t, "app", "amd64", registrytest.Image{}.Build())
	source := "log in with docker login " + closed.Host() + ", podman login " + closed.Host() + " or manifest-tool auth login " + closed.Host() + ", or give --creds " + closed.Host() + "=USER:PASSWORD; --username is for"
	target := "log in with docker login " + closed.Host() + ", podman login " + closed.Host() + " or manifest-tool auth login " + closed.Host() + ", or give --username and --password-stdin"
	fromArgs := func(from, to string) []string {
		return []string{"push", "from-args", "--platforms", "linux/amd64", "--template", from + "/app:ARCH", "--target", to + "/app:1.0"}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{fromArgs(closed.Host(), open.Host()), source},
		{append(fromArgs(closed.Host(), open.Host()), "--dry-run"), source},
		{fromArgs(open.Host(), closed.Host()), target},
		{[]string{"copy", closed.Host() + "/app:amd64", open.Host() + "/copy:1"}, source},
		{[]string{"copy", open.Host() + "/app:amd64", closed.Host() + "/copy:1"}, target},
		{[]string{"copy", closed.Host() + "/app:amd64", "oci-layout:" + t.TempDir()}, target},
		{[]string{"create", "--draft-file", "-", open.Host() + "/app:1", closed.Host() + "/app:amd64"}, source},
		{[]string{"inspect", closed.Host() + "/app:amd64"}, target},
		{[]string{"edit", open.Host() + "/app:amd64", "--add", closed.Host() + "/app:amd64"}, source},
	} {
		code, _, stderr := tool(t, "", nil, tt.args...)
		if code != output.ExitDenied || !strings.Contains(strings.Replace(stderr, "hint: nothing was written; ", "hint: ", 1), "hint: "+tt.want) {
			t.Errorf("%q: exit %d, want %q\n%s", tt.args, code, tt.want, stderr)
		}
	}
	flag := strings.Fields("--creds " + closed.Host() + "=ci:" + canary)
	if code, _, stderr := tool(t, "", nil, append(flag, fromArgs(closed.Host(), open.Host())...)...); code != output.ExitDone {
		t.Errorf("with --creds as the hint says: exit %d\n%s", code, stderr)
	}
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func text(body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(body)) }
}
