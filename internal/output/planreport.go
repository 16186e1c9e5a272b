package output

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/plan/planfile"
)

// A PlanFile is where a plan goes: a file, or stdout.
type PlanFile struct {
	file *resultFile // nil for stdout
	// Document is the plan file so far.
	Document planfile.Document
}

// CreatePlanFile creates the file for a plan. The path - is stdout.
func CreatePlanFile(ctx context.Context, path string, d planfile.Document) (*PlanFile, error) {
	f := &PlanFile{Document: d}
	if path == "-" {
		return f, nil
	}
	var err error
	f.file, err = CreateResultFile(ctx, "plan-file", path)
	return f, err
}

// Discard removes the file if it was not written.
func (f *PlanFile) Discard() {
	if f != nil {
		f.file.Discard()
	}
}

// A planReport writes the plans of all images into a plan file. A plan that lacks an image is not written.
type planReport struct {
	*Printer
	o     ReportOptions
	plans map[int][]plan.TargetPlan // by the place of the image
	err   error                     // of the first image that has no plan
}

// Add prints the plan of an image in words.
func (r *planReport) Add(at int, image ImageResult) {
	if r.err = cmp.Or(r.err, image.Err); r.err != nil {
		return
	}
	var plans []plan.TargetPlan
	for _, t := range image.Results {
		r.printPlan(t.plan.Plan)
		plans = append(plans, t.plan)
	}
	r.plans[at] = plans
}

// Finish puts the plans of the images into the file, in their order.
func (r *planReport) Finish(_ int, rest Rest) (func() error, error) {
	if r.err != nil || rest.Images > 0 {
		return nil, r.err
	}
	for _, at := range slices.Sorted(maps.Keys(r.plans)) {
		r.o.PlanFile.Document.Add(r.plans[at])
	}
	return r.print, nil
}

func (r *planReport) print() error {
	f := r.o.PlanFile
	text, err := f.Document.Encode()
	switch {
	case err != nil:
		return err
	case !bytes.Equal(hideSecrets(r.secrets, bytes.Clone(text)), text):
		return Usagef("the plan would contain a password of this run: the plan file was not written")
	case f.file == nil:
		return r.WriteResult(text)
	}
	return f.file.Commit(text)
}
