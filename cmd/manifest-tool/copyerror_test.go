package main

import (
	"errors"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/spec"
)

// What went wrong first decides, unless something is done.
func TestExplainCopies(t *testing.T) {
	invalid, down := registry.Errorf(registry.ErrInvalid, "no such platform"), registry.Errorf(registry.ErrUnavailable, "down")
	nowhere := &push.TargetsError{Errs: []error{invalid, down}}
	somewhere := &push.TargetsError{Errs: []error{nil, down}}
	begun := []result{{err: down}}
	for name, test := range map[string]struct {
		copies []copied
		dryRun bool
		code   int
		hint   string
	}{
		"nothing was begun":         {[]copied{{err: invalid}, {err: down}}, false, exitUsage, "nothing was written"},
		"something was begun":       {[]copied{{err: invalid}, {err: down, results: begun}}, false, exitUsage, "mend the above and run it again"},
		"the first one counts":      {[]copied{{err: down, results: begun}, {err: invalid}}, false, exitUnavailable, "safe to run"},
		"a dry run":                 {[]copied{{err: invalid}, {err: down, results: begun}}, true, exitUsage, "nothing was written"},
		"one image":                 {[]copied{{err: invalid}, {}}, false, exitPartial, "when the cause is gone"},
		"one target":                {[]copied{{err: invalid}, {err: somewhere, results: begun}}, false, exitPartial, "when the cause is gone"},
		"one target, behind others": {[]copied{{err: nowhere, results: begun}, {err: somewhere, results: begun}}, false, exitPartial, "when the cause is gone"},
	} {
		p := explain(t.Context(), "manifest-tool copy", errorOf(test.copies, len(test.copies), test.dryRun))
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
	plan := plan.Plan{
		Entries:    []plan.Entry{{Copy: true}},
		Referrers:  []plan.PlannedReferrer{{Entries: []plan.Entry{{}}, Needed: true}},
		TagUpdates: []plan.TagUpdate{{Tag: "1", Needed: true}},
		Target:     target.Place,
	}
	failed := errors.New("down")
	lost := plan
	lost.Err = failed
	tags := func(status push.TagStatus) push.Report {
		return push.Report{Manifest: v1.Descriptor{Size: 1}, Tags: []push.TagReport{{Tag: "1", Status: status}}}
	}
	for name, test := range map[string]struct {
		result result
		want   bool
	}{
		"a dry run":                 {result{plan: plan}, true},
		"done":                      {result{plan: plan, report: tags(push.Created)}, true},
		"a target that is not read": {result{plan: lost, report: tags(push.Failed), err: failed}, false},
		"one that fails":            {result{plan: plan, report: tags(push.Failed), err: failed}, false},
		"one that is not opened":    {result{plan: plan, err: failed}, false},
		"a tag that has moved":      {result{plan: plan, report: tags(push.Moved), err: failed}, true},
	} {
		all := resultOutput([]result{test.result, test.result})
		target := all.Targets[0]
		if len(target.Copied) > 0 != test.want || target.Referrers[0].Copied != test.want || all.Manifests[0].Copied != test.want {
			t.Errorf("%s: %v, %v, %v", name, target.Copied, target.Referrers[0].Copied, all.Manifests[0].Copied)
		}
	}
}
