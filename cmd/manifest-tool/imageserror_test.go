package main

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
	begun := []targetResult{{err: down}}
	for name, test := range map[string]struct {
		copies []imageResult
		dryRun bool
		code   int
		hint   string
	}{
		"nothing was begun":         {[]imageResult{{err: invalid}, {err: down}}, false, exitUsage, "nothing was written"},
		"something was begun":       {[]imageResult{{err: invalid}, {err: down, results: begun}}, false, exitUsage, "mend the above and run it again"},
		"the first one counts":      {[]imageResult{{err: down, results: begun}, {err: invalid}}, false, exitUnavailable, "safe to run"},
		"a dry run":                 {[]imageResult{{err: invalid}, {err: down, results: begun}}, true, exitUsage, "nothing was written"},
		"one image":                 {[]imageResult{{err: invalid}, {}}, false, exitPartial, "when the cause is gone"},
		"one target":                {[]imageResult{{err: invalid}, {err: somewhere, results: begun}}, false, exitPartial, "when the cause is gone"},
		"one target, behind others": {[]imageResult{{err: nowhere, results: begun}, {err: somewhere, results: begun}}, false, exitPartial, "when the cause is gone"},
	} {
		p := explain(t.Context(), "manifest-tool copy", joinErrors(test.copies, len(test.copies), test.dryRun))
		if p.code != test.code || !strings.HasPrefix(p.hint, test.hint) && !strings.Contains(p.hint, "it is "+test.hint) {
			t.Errorf("%s: exit %d, %s", name, p.code, p.hint)
		}
	}
}

// Copied is what a target has for sure.
func TestCopiedIsDone(t *testing.T) {
	target, err := spec.ParseReference("reg.test/app")
	if err != nil {
		t.Fatal(err)
	}
	plan := registry.Plan{
		Entries:   []registry.Planned{{Copy: true}},
		Referrers: []registry.Referral{{Entries: []registry.Planned{{}}, Needed: true}},
		Moves:     []registry.Move{{Tag: "1", Needed: true}},
		Target:    target.Place,
	}
	failed := errors.New("down")
	lost := plan
	lost.Err = failed
	tags := func(status registry.TagStatus) registry.Report {
		return registry.Report{Manifest: v1.Descriptor{Size: 1}, Tags: []registry.TagReport{{Tag: "1", Status: status}}}
	}
	for name, test := range map[string]struct {
		result targetResult
		want   bool
	}{
		"a dry run":                 {targetResult{plan: plan}, true},
		"done":                      {targetResult{plan: plan, report: tags(registry.Created)}, true},
		"a target that is not read": {targetResult{plan: lost, report: tags(registry.Failed), err: failed}, false},
		"one that fails":            {targetResult{plan: plan, report: tags(registry.Failed), err: failed}, false},
		"one that is not opened":    {targetResult{plan: plan, err: failed}, false},
		"a tag that has moved":      {targetResult{plan: plan, report: tags(registry.Moved), err: failed}, true},
	} {
		all := resultOutput([]targetResult{test.result, test.result})
		target := all.Targets[0]
		if len(target.Copied) > 0 != test.want || target.Referrers[0].Copied != test.want || all.Manifests[0].Copied != test.want {
			t.Errorf("%s: %v, %v, %v", name, target.Copied, target.Referrers[0].Copied, all.Manifests[0].Copied)
		}
	}
}
