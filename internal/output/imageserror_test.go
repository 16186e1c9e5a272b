package output

import (
	"errors"
	"io"
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
	begun := []TargetResult{{err: down}}
	for name, test := range map[string]struct {
		copies []ImageResult
		dryRun bool
		code   int
		hint   string
	}{
		"nothing was begun":         {[]ImageResult{{Err: invalid}, {Err: down}}, false, ExitUsage, "nothing was written"},
		"something was begun":       {[]ImageResult{{Err: invalid}, {Err: down, Results: begun}}, false, ExitUsage, "correct the error above"},
		"the first one counts":      {[]ImageResult{{Err: down, Results: begun}, {Err: invalid}}, false, ExitUnavailable, "run the same command again"},
		"a dry run":                 {[]ImageResult{{Err: invalid}, {Err: down, Results: begun}}, true, ExitUsage, "nothing was written"},
		"one image":                 {[]ImageResult{{Err: invalid}, {}}, false, ExitPartial, "fix the cause"},
		"one target":                {[]ImageResult{{Err: invalid}, {Err: somewhere, Results: begun}}, false, ExitPartial, "fix the cause"},
		"one target, behind others": {[]ImageResult{{Err: nowhere, Results: begun}, {Err: somewhere, Results: begun}}, false, ExitPartial, "fix the cause"},
	} {
		p := Explain(t.Context(), "manifest-tool copy", joinErrors(test.copies, test.dryRun))
		if p.Code != test.code || !strings.HasPrefix(p.Hint, test.hint) {
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
	planned := plan.TargetPlan{Plan: plan.Plan{
		Entries:    []plan.Entry{{Copy: true}},
		Referrers:  []plan.PlannedReferrer{{Needed: true}},
		TagUpdates: []plan.TagUpdate{{Tag: "1", Needed: true}},
		Target:     target.Place,
	}}
	failed := errors.New("down")
	lost := planned
	lost.Err = failed
	tags := func(status push.TagStatus) push.Report {
		return push.Report{Manifest: v1.Descriptor{Size: 1}, Tags: []push.TagReport{{Tag: "1", Status: status}}}
	}
	for name, test := range map[string]struct {
		result TargetResult
		want   bool
	}{
		"a dry run":                 {TargetResult{plan: planned}, true},
		"done":                      {TargetResult{plan: planned, report: tags(push.Created)}, true},
		"a target that is not read": {TargetResult{plan: lost, report: tags(push.Failed), err: failed}, false},
		"one that fails":            {TargetResult{plan: planned, report: tags(push.Failed), err: failed}, false},
		"one that is not opened":    {TargetResult{plan: planned, err: failed}, false},
		"a tag that has moved":      {TargetResult{plan: planned, report: tags(push.Moved), err: failed}, true},
	} {
		all := resultOutput([]TargetResult{test.result, test.result})
		target := all.Targets[0]
		if len(target.Copied) > 0 != test.want || target.Referrers[0].Copied != test.want || all.Manifests[0].Copied != test.want {
			t.Errorf("%s: %v, %v, %v", name, target.Copied, target.Referrers[0].Copied, all.Manifests[0].Copied)
		}
	}
}

// joinErrors is the error of a run over images.
func joinErrors(images []ImageResult, dryRun bool) error {
	r := copiesReport{Printer: New(io.Discard, io.Discard), o: ReportOptions{DryRun: dryRun, Lines: true}}
	for i, image := range images {
		r.tally.add(image)
		r.keep(i, image)
	}
	return r.joinErrors(len(images))
}
