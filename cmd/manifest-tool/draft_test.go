package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/run/drafts"
	"github.com/manifest-tool/manifest-tool/spec"
)

// TestDraftRace lets many processes add to one draft at once, and annotate it. None loses what another did.
func TestDraftRace(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	home := t.TempDir()
	inProcesses(t)
	process := func(args ...string) string {
		cmd := exec.Command("manifest-tool", args...)
		cmd.Env = append(os.Environ(), "HOME="+home, "XDG_STATE_HOME=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	architectures := strings.Fields("amd64 arm64 386 ppc64le s390x riscv64 mips64le loong64")
	list := server.Host() + "/app:1.0"
	member := func(architecture string) string { return server.Host() + "/app:" + architecture }
	var all sync.WaitGroup
	for _, architecture := range architectures {
		server.Push(t, "app", architecture, registrytest.Image{Architecture: architecture}.Build())
		all.Go(func() {
			process("create", "--amend", list, member(architecture))
			process("annotate", list, member(architecture), "--annotation", "for="+architecture)
		})
	}
	all.Wait()
	draft := strings.ReplaceAll(process("inspect", "--draft", "--format", "raw", list), `"`, "") // 386 has quotes
	for _, architecture := range architectures {
		if strings.Count(draft, "architecture: "+architecture+"}") != 1 || !strings.Contains(draft, "for: "+architecture) {
			t.Errorf("%s is lost:\n%s", architecture, draft)
		}
	}
	names, err := os.ReadDir(filepath.Join(home, ".local", "state", "manifest-tool", "drafts"))
	if err != nil || len(names) != 2 { // with the lock
		t.Errorf("left behind: %v %v", names, err)
	}
}

// TestDraftLinks: what is written stays in the folder, whatever lies there.
func TestDraftLinks(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "app", "amd64", registrytest.Image{}.Build())
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(outside, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	ref, err := spec.ParseReference(server.Host() + "/app:1.0")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := drafts.Open(dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", ".bak"} {
		if err := os.Symlink(outside, folder.Path(ref)+suffix); err != nil {
			t.Skip(err)
		}
	}
	for _, args := range [][]string{
		{"create", "--drafts", dir, ref.String(), server.Host() + "/app:amd64"},
		{"annotate", "--drafts", dir, ref.String(), server.Host() + "/app:amd64", "--os", "linux"},
		{"push", "--drafts", dir, ref.String()},
	} {
		if code, _, stderr := tool(t, "", nil, args...); code != output.ExitUsage || !strings.Contains(stderr, "is not a regular file") {
			t.Errorf("%q: exit %d\n%s", args, code, stderr)
		}
	}
	if raw, err := os.ReadFile(outside); err != nil || string(raw) != "mine" {
		t.Errorf("it holds %q now, %v", raw, err)
	}
}

// TestDraftOfAnother: a draft that was renamed by hand does not go to the name that its file has now.
func TestDraftOfAnother(t *testing.T) {
	server := registrytest.New(t, registrytest.Options{})
	server.Push(t, "app", "amd64", registrytest.Image{}.Build())
	dir := t.TempDir()
	one, two, member := server.Host()+"/app:1.0", server.Host()+"/app:2.0", server.Host()+"/app:amd64"
	if code, _, stderr := tool(t, "", nil, "create", "--drafts", dir, one, member); code != output.ExitDone {
		t.Fatal(stderr)
	}
	fileOf := func(name string) string {
		ref, err := drafts.ParseList(name)
		if err != nil {
			t.Fatal(err)
		}
		folder, err := drafts.Open(dir, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return folder.Path(ref)
	}
	if err := os.Rename(fileOf(one), fileOf(two)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"push", two}, {"annotate", two, member, "--os", "linux"}, {"inspect", "--draft", two}} {
		code, _, stderr := tool(t, "", nil, append(args, "--drafts", dir)...)
		if code != output.ExitUsage || !strings.Contains(stderr, fileOf(two)+" is the draft of "+one+", not of "+two+": use push from-spec to push this file") {
			t.Errorf("%q: exit %d\n%s", args, code, stderr)
		}
	}
	for _, r := range server.Requests() {
		if r.Method == http.MethodPut && !strings.HasSuffix(r.Path, "/amd64") && strings.Contains(r.Path, "/manifests/") {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}

// TestDraftSecrets: a draft is made with credentials, and holds none.
func TestDraftSecrets(t *testing.T) {
	server := registrytest.New(t, withLogin(registrytest.Options{Auth: registrytest.TokenAuth}))
	server.Push(t, "app", "amd64", registrytest.Image{}.Build())
	dir := t.TempDir()
	list, member := server.Host()+"/app:1.0", server.Host()+"/app:amd64"
	login := []string{"--username", "ci", "--password-stdin", "--drafts", dir, "--debug"}
	for _, args := range [][]string{{"create", list, member}, {"push", list}, {"push", "--refresh", "--purge", list}} {
		code, _, stderr := tool(t, canary, nil, append(args, login...)...)
		if code != output.ExitDone {
			t.Fatalf("%q: exit %d\n%s", args, code, stderr)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if raw, err := os.ReadFile(file); err != nil || strings.Contains(string(raw), canary) {
				t.Errorf("%s: %v\n%s", file, err, raw)
			}
		}
	}
}
