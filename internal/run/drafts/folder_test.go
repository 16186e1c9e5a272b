package drafts

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
)

func TestDraftName(t *testing.T) {
	seen := map[string]string{}
	for name, want := range map[string]string{
		"acme/app":                                         "docker.io+acme+app=latest.yaml",
		"localhost:5000/acme/app:1.0":                      "localhost=5000+acme+app=1.0.yaml",
		"localhost:5000/acme/app:RC.1":                     "localhost=5000+acme+app=%52%43.1.yaml",
		"[::1]:5000/app:a_b":                               "%5B==1%5D=5000+app=a_b.yaml",
		"oci-layout:/a b/..c:x":                            "oci-layout=+a%20b+..c=x.yaml",
		"h.test/" + strings.Repeat("a", 200) + ":1":        "",
		"h.test/" + strings.Repeat("a", 200) + ":2":        "",
		"h.test/a:" + strings.Repeat("A", 128):             "",
		"h.test/a:" + strings.Repeat("A", 127) + "B":       "",
		"h.test/a:" + strings.Repeat("A", 127) + "_":       "",
		"h.test/" + strings.Repeat("a/", 100) + "a:latest": "",
	} {
		if runtime.GOOS == "windows" && strings.HasPrefix(name, "oci-layout:/") {
			continue
		}
		ref, err := ParseList(name)
		if err != nil {
			t.Fatal(err)
		}
		got := fileName(ref)
		if want != "" && got != want || len(got) > 255-len(".bak") || filepath.Base(got) != got || seen[strings.ToLower(got)] != "" {
			t.Errorf("%s is kept in %s, not %s", name, got, want)
		}
		seen[strings.ToLower(got)] = name
	}
}

func TestDraftFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the folder is another one there")
	}
	for _, test := range []struct{ named, state, home, want string }{
		{"here", "/state", "/home/me", "here"},
		{"", "/state", "/home/me", "/state/manifest-tool/drafts"},
		{"", "relative", "/home/me", "/home/me/.local/state/manifest-tool/drafts"},
		{"", "", "/home/me", "/home/me/.local/state/manifest-tool/drafts"},
		{"", "", "", ""},
		{"", "", "~", ""},
	} {
		variables := map[string]string{"HOME": test.home, "XDG_STATE_HOME": test.state}
		folder, err := Open(test.named, func(name string) string { return variables[name] }, nil)
		if folder.dir != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%+v: %q %v", test, folder.dir, err)
		}
	}
}

// TestDraftPurge: a draft that somebody changes while it is pushed stays.
func TestDraftPurge(t *testing.T) {
	var warnings []string
	ref, err := ParseList("q.io/app")
	if err != nil {
		t.Fatal(err)
	}
	folder := Folder{dir: t.TempDir(), warn: func(texts ...string) { warnings = append(warnings, texts...) }}
	d := Draft{Folder: folder, List: ref, Raw: []byte("as it was pushed")}
	if err := os.WriteFile(d.path(), []byte("as it is now"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := folder.Purge(t.Context(), d); err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "was changed during the push") {
		t.Errorf("%v %q", err, warnings)
	}
	d.Raw, err = folder.readFile(fileName(ref))
	if err != nil {
		t.Fatalf("it is gone: %v", err)
	}
	if err := folder.Purge(t.Context(), d); err != nil {
		t.Error(err)
	}
	if _, err := folder.readFile(fileName(ref)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

// TestDraftLocked: who waits for another process is told so, and ends with its context.
func TestDraftLocked(t *testing.T) {
	folder := Folder{dir: t.TempDir()}
	held, err := folder.lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := folder.lock(ctx, "b"); !errors.Is(err, registry.ErrUnavailable) || !strings.Contains(err.Error(), "another process holds the lock of") {
		t.Errorf("locked twice: %v", err)
	}
	held.unlock()
	again, err := folder.lock(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	again.unlock()
}
