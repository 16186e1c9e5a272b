package output

import (
	"errors"
	"fmt"
	"slices"

	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// A Report collects the results of the images of a command that writes.
type Report interface {
	// Add takes the result of an image as soon as it is known, and the place of the image among all images.
	Add(at int, image ImageResult)
	// Finish is called after the last image that was tried, with the number of all images and those that were not tried.
	// It returns the error of the command and, if there is something to print, a function that prints it. That function
	// is called when the places are closed: a target that is an archive exists only then.
	Finish(all int, rest Rest) (print func() error, err error)
}

// A Rest is the images that a run did not try.
type Rest struct {
	Images int
	Specs  [][]byte // if there is a file for them
}

// ReportOptions are the parts of the options of a push that a report follows.
type ReportOptions struct {
	DryRun, AsJSON bool
	// Lines prints a line of JSON for each image as soon as the image is done.
	Lines bool
	// AtOnce prints the result as text as soon as an image is done, too: the number of images is unknown.
	AtOnce bool
	// Ordered prints these lines in the order of the images.
	Ordered  bool
	Files    Files
	PlanFile *PlanFile // of a command that only plans
}

// NewReport returns the report of a command that pushes one image, or several.
func NewReport(out *Printer, several bool, o ReportOptions) Report {
	switch {
	case o.PlanFile != nil:
		return &planReport{Printer: out, o: o, plans: map[int][]plan.TargetPlan{}}
	case o.Lines:
		return &linesReport{copiesReport: copiesReport{Printer: out, o: o}}
	case several:
		return &copiesReport{Printer: out, o: o}
	}
	return &imageReport{Printer: out, o: o}
}

// An imageReport is about one image: its digest is the result.
type imageReport struct {
	*Printer
	o     ReportOptions
	image ImageResult
}

func (r *imageReport) Add(_ int, image ImageResult) { r.image = image }

func (r *imageReport) Finish(int, Rest) (func() error, error) {
	if r.image.Results == nil {
		return nil, r.image.Err
	}
	return r.print, r.image.Err
}

// print prints the result. What was done is printed beside an error, too.
func (r *imageReport) print() error {
	results, err := r.image.Results, r.image.Err
	if r.o.DryRun {
		return r.printPlans(results, r.o.AsJSON)
	}
	r.printTargets(results)
	switch {
	case err == nil:
		return errors.Join(r.o.Files.commit(results, r.secrets), r.printDigest(results, r.o.AsJSON))
	case r.o.AsJSON && isPartial(err):
		return r.printDigest(results, true)
	}
	return nil
}

// printTargets prints on stderr what was repaired, and a line for each target that is done.
func (p *Printer) printTargets(results []TargetResult) {
	p.warnRepaired(results)
	for _, r := range results {
		if r.err == nil {
			p.infof("%s: %s", r.plan.Target, r.summary())
		}
	}
}

// warnRepaired warns of content that a target said it had, but did not have.
func (p *Printer) warnRepaired(results []TargetResult) {
	for _, r := range results {
		for _, digest := range r.report.Repaired {
			p.Warnf("%s reported %s as present, but lacked it: the content was sent again", r.plan.Target, digest)
		}
	}
}

// printDigest prints the line that scripts cut the digest from. The form of the line is fixed.
func (p *Printer) printDigest(results []TargetResult, asJSON bool) error {
	if asJSON {
		return p.WriteJSON(resultOutput(results))
	}
	d := results[0].report.Manifest
	return p.WriteResult(fmt.Appendf(nil, "Digest: %s %d\n", d.Digest, d.Size))
}

// A copiesReport is about several images of a repository, each with its tags.
//
// A run may have many thousand images. Of each, only what Finish needs is kept: no plan, no manifest, and of an image that
// is done only what is printed at the end.
type copiesReport struct {
	*Printer
	o      ReportOptions
	begun  bool // something may have been written
	lines  []imageLines
	copies []copied // with --output json all images, else those that failed
	tally  tally
	err    error // of the first result that could not be printed
}

// imageLines are the result of an image as text.
type imageLines struct {
	at    int
	lines []byte
}

// A copied is what the result says of an image.
type copied struct {
	at    int
	image ImageResult // without its plans
	json  *PushOutput // the result as JSON
}

// Add prints at once what was done with an image.
func (r *copiesReport) Add(at int, image ImageResult) {
	r.printDone(image)
	r.keep(at, image)
}

// printDone prints what was done with an image, and counts it.
func (r *copiesReport) printDone(image ImageResult) {
	r.tally.add(image)
	r.warnRepaired(image.Results)
	for _, t := range image.Results {
		switch {
		case t.plan.Err != nil || t.err != nil:
		case r.o.DryRun && !r.o.AsJSON:
			r.printPlan(t.plan.Plan)
		case !r.o.DryRun:
			r.infof("%s: %s", t.plan.Target, t.summary())
		}
	}
}

// Finish makes one result of all images, in their order.
func (r *copiesReport) Finish(all int, rest Rest) (func() error, error) {
	slices.SortStableFunc(r.copies, func(a, b copied) int { return a.at - b.at })
	slices.SortStableFunc(r.lines, func(a, b imageLines) int { return a.at - b.at })
	err := r.joinErrors(all)
	return func() error { return r.end(all, rest.Specs, r.print, err) }, err
}

// joinErrors makes one error of the errors of the images, if there are any.
func (r *copiesReport) joinErrors(all int) error {
	var errs []error
	for _, c := range r.copies {
		if c.image.Err != nil {
			errs = append(errs, c.image.Err)
		}
	}
	if errs == nil {
		return nil
	}
	return &imagesError{errs: errs, tried: r.tally.images, all: all, begun: r.begun}
}

// end prints the result of a run, if there is one, and a line about all images, and writes the files of the run.
func (r *copiesReport) end(all int, left [][]byte, print func() error, err error) error {
	if all > 1 && !r.o.DryRun {
		r.infof("%s", r.tally.summary(all))
	}
	var failed [][]byte
	for _, c := range r.copies {
		if c.image.Err != nil {
			failed = append(failed, c.image.Spec)
		}
	}
	fileErr := r.o.Files.commitMany(append(failed, left...), r.copies, r.tally, all)
	if err != nil && !isPartial(err) {
		return fileErr
	}
	return errors.Join(fileErr, print())
}

// keep keeps what the result says of an image.
func (r *copiesReport) keep(at int, image ImageResult) {
	r.begun = r.begun || image.Results != nil && !r.o.DryRun
	switch {
	case r.o.AsJSON && !r.o.Lines:
		r.copies = append(r.copies, copied{at, image.reduced(), copyOutput(image, r.o.DryRun)})
	case image.Err != nil:
		r.copies = append(r.copies, copied{at: at, image: image.reduced()})
	case image.Skipped || r.o.Lines:
	case r.o.AtOnce:
		r.err = errors.Join(r.err, r.WriteResult(digestLines(image)))
	default:
		r.lines = append(r.lines, imageLines{at, digestLines(image)})
	}
}

// maxWritten is how much of the result is written at a time.
const maxWritten = 64 << 10

// print prints the images that are copied, beside an error too.
func (r *copiesReport) print() error {
	if r.o.AsJSON {
		return r.WriteJSON(copiesOutputOf(r.copies, r.o.DryRun))
	}
	var text []byte
	for i, image := range r.lines {
		text = append(text, image.lines...)
		if len(text) < maxWritten && i < len(r.lines)-1 {
			continue
		}
		if err := r.WriteResult(text); err != nil {
			return err
		}
		text = text[:0]
	}
	return r.err
}

// digestLines are the digest line of a push, once for each tag and with the tag at its end.
func digestLines(image ImageResult) []byte {
	d := image.Results[0].plan.Descriptor()
	var b []byte
	for _, tag := range image.Tags {
		b = fmt.Appendf(b, "Digest: %s %d %s\n", d.Digest, d.Size, tag)
	}
	return slices.Clip(b)
}
