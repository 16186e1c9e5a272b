package output

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output/mask"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/spec"
)

const hushed = `hunter"2\hunter`

// TestHiddenInFiles: what a registry says is in the files of a push without the secrets of the run.
func TestHiddenInFiles(t *testing.T) {
	dir := t.TempDir()
	paths := map[string]string{}
	for _, name := range []string{"digest", "metadata", "output", "summary"} {
		paths[name] = filepath.Join(dir, name)
	}
	environment := map[string]string{"GITHUB_OUTPUT": paths["output"], "GITHUB_STEP_SUMMARY": paths["summary"]}
	files, err := CreateFiles(t.Context(), FileOptions{Digest: paths["digest"], Metadata: paths["metadata"], Github: true}, func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	var secrets mask.Mask
	secrets.Add("ci", hushed)
	r := TargetResult{
		plan: plan.TargetPlan{Plan: plan.Plan{
			Target:  spec.Place{Kind: spec.OCILayout, Path: hushed},
			Entries: []plan.Entry{{Entry: index.Entry{Platform: v1.Platform{OS: hushed, Architecture: "amd64"}}}},
		}},
		report: push.Report{Manifest: v1.Descriptor{MediaType: hushed}, Tags: []push.TagReport{{Tag: hushed, Status: push.Created}}},
	}
	if err := files.commit([]TargetResult{r}, &secrets); err != nil {
		t.Fatal(err)
	}
	for name, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil || strings.Contains(string(text), "hunter") || name != "digest" && !strings.Contains(string(text), "***") {
			t.Errorf("%s: %v: %s", name, err, text)
		}
		if name == "metadata" && !json.Valid(text) {
			t.Errorf("no JSON: %s", text)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != len(paths) {
		t.Errorf("beside the files there is %v", left)
	}
}

// Everything that a printer writes goes without secrets, and a result says so.
func TestPrinterHides(t *testing.T) {
	var stdout, stderr, live bytes.Buffer
	p := New(&stdout, &stderr)
	p.ShowDebug()
	p.Secrets().Add("ci", hushed)
	p.Warnf("a %s b", hushed)
	p.Debugf("GET http://x/%q: 200", hushed)
	p.Errorf("c %s", hushed)
	p.infof("d %s", hushed)
	p.Hint("e " + hushed)
	p.DivertMessages(&live)
	p.Warnf("f %s", hushed)
	p.DivertMessages(nil)
	if err := errors.Join(p.WriteJSON(map[string]string{hushed: "x " + hushed}), p.WriteResult([]byte("Name: "+hushed+"\n")), p.PrintRaw([]string{hushed})); err != nil {
		t.Fatal(err)
	}
	p.Stdout().Write([]byte("help " + hushed))
	all := stdout.String() + stderr.String() + live.String()
	if strings.Contains(all, "hunter") || strings.Count(all, "***") != 14 {
		t.Errorf("%d: %s", strings.Count(all, "***"), all)
	}
	if got := strings.Count(stderr.String(), "the result contains a secret"); got != 3 {
		t.Errorf("%d warnings: %s", got, &stderr)
	}
}

// A password that is a word of a hint is not hidden in the hint: the gap would show the password. Beside its user name
// it is hidden.
func TestWordsOfHints(t *testing.T) {
	for _, password := range []string{"wrong", "password", "login", "again"} {
		var stdout, stderr bytes.Buffer
		p := New(&stdout, &stderr)
		p.Secrets().Add("ci", password)
		const hint = "log in again: the password is wrong or no longer valid"
		p.Hint(hint)
		p.Errorf("the server says ci:%s", password)
		if got, want := stderr.String(), "hint: "+hint+"\nmanifest-tool: the server says ***\n"; got != want {
			t.Errorf("%s: %q, want %q", password, got, want)
		}
	}
}
