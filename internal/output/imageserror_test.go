package output

import (
	"errors"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// What went wrong first decides, unless something is done.
func TestExplainCopies(t *testing.T) {
	invalid, down := registry.Errorf(registry.ErrInvalid, "no such platform"), registry.Errorf(registry.ErrUnavailable, "down")
	nowhere := &registry.TargetsError{Errs: []error{invalid, down}}
	somewhere := &registry.TargetsError{Errs: []error{nil, down}}
	begun := []TargetResult{{err: down}}
	for name, test := range map[string]struct {
		copies []ImageResult
		dryRun bool
		code   int
		hint   string
	}{
		"nothing was begun":         {[]ImageResult{{Err: invalid}, {Err: down}}, false, ExitUsage, "nothing was written"},
		"something was begun":       {[]ImageResult{{Err: invalid}, {Err: down, Results: begun}}, false, ExitUsage, "mend the above and run it again"},
		"the first one counts":      {[]ImageResult{{Err: down, Results: begun}, {Err: invalid}}, false, ExitUnavailable, "safe to run"},
		"a dry run":                 {[]ImageResult{{Err: invalid}, {Err: down, Results: begun}}, true, ExitUsage, "nothing was written"},
		"one image":                 {[]ImageResult{{Err: invalid}, {}}, false, ExitPartial, "when the cause is gone"},
		"one target":                {[]ImageResult{{Err: invalid}, {Err: somewhere, Results: begun}}, false, ExitPartial, "when the cause is gone"},
		"one target, behind others": {[]ImageResult{{Err: nowhere, Results: begun}, {Err: somewhere, Results: begun}}, false, ExitPartial, "when the cause is gone"},
	} {
		p := Explain(t.Context(), "manifest-tool copy", joinErrors(test.copies, len(test.copies), test.dryRun))
		if p.Code != test.code || !strings.HasPrefix(p.Hint, test.hint) && !strings.Contains(p.Hint, "it is "+test.hint) {
			t.Errorf("%s: exit %d, %s", name, p.Code, p.Hint)
		}
	}
}

// Copied is what a target has for sure.
func TestCopiedIsDone(t *testing.T) {
	target, err := spec.ParseReference("reg.test/app")
	if err != nil {
		t.Fatal(err)
	}
	pl := registry.Plan{
		Entries:   []registry.Planned{{Copy: true}},
		Referrers: []registry.Referral{{Entries: []registry.Planned{{}}, Needed: true}},
		Moves:     []registry.Move{{Tag: "1", Needed: true}},
		Target:    target.Place,
	}
	failed := errors.New("down")
	lost := pl
	lost.Err = failed
	tags := func(status registry.TagStatus) registry.Report {
		return registry.Report{Manifest: v1.Descriptor{Size: 1}, Tags: []registry.TagReport{{Tag: "1", Status: status}}}
	}
	for name, test := range map[string]struct {
		result TargetResult
		want   bool
	}{
		"a dry run":                 {TargetResult{plan: pl}, true},
		"done":                      {TargetResult{plan: pl, report: tags(registry.Created)}, true},
		"a target that is not read": {TargetResult{plan: lost, report: tags(registry.Failed), err: failed}, false},
		"one that fails":            {TargetResult{plan: pl, report: tags(registry.Failed), err: failed}, false},
		"one that is not opened":    {TargetResult{plan: pl, err: failed}, false},
		"a tag that has moved":      {TargetResult{plan: pl, report: tags(registry.Moved), err: failed}, true},
	} {
		all := resultOutput([]TargetResult{test.result, test.result})
		target := all.Targets[0]
		if len(target.Copied) > 0 != test.want || target.Referrers[0].Copied != test.want || all.Manifests[0].Copied != test.want {
			t.Errorf("%s: %v, %v, %v", name, target.Copied, target.Referrers[0].Copied, all.Manifests[0].Copied)
		}
	}
}
