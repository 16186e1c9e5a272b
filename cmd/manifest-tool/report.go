package main

import (
	"errors"
	"fmt"
)

// A report tells what came of the images of a command that writes.
type report interface {
	// add takes the result of an image as soon as it is known.
	add(imageResult)
	// finish is called after the last image that was tried, with the number of all images. It returns the
	// error of the command and, if there is something to print, a function that prints it. That function is
	// called when the places are closed: a target that is an archive exists only then.
	finish(all int) (print func() error, err error)
}

// reportOptions are the parts of the options of a push that a report follows.
type reportOptions struct {
	dryRun, asJSON bool
	files          resultFiles
}

// newReport returns the report of a command that pushes one image, or several.
func newReport(out *printer, several bool, o reportOptions) report {
	if several {
		return &copiesReport{printer: out, o: o}
	}
	return &imageReport{printer: out, o: o}
}

// An imageReport is about one image: its digest is the result.
type imageReport struct {
	*printer
	o     reportOptions
	image imageResult
}

func (r *imageReport) add(image imageResult) { r.image = image }

func (r *imageReport) finish(int) (func() error, error) {
	if r.image.results == nil {
		return nil, r.image.err
	}
	return r.print, r.image.err
}

// print prints the result. What was done is printed beside an error, too.
func (r *imageReport) print() error {
	results, err := r.image.results, r.image.err
	if r.o.dryRun {
		return r.printPlans(results, r.o.asJSON)
	}
	r.printTargets(results)
	switch {
	case err == nil:
		return errors.Join(r.o.files.commit(results), r.printDigest(results, r.o.asJSON))
	case r.o.asJSON && isPartial(err):
		return r.printDigest(results, true)
	}
	return nil
}

// printTargets prints on stderr what was repaired, and what was done at each target if stdout does not have
// all of it.
func (p *printer) printTargets(results []targetResult) {
	p.warnRepaired(results)
	for _, r := range results {
		if r.err == nil && (len(results) > 1 || r.plan.Split) {
			p.infof("%s: %s", r.plan.Target, r.summary())
		}
	}
}

// warnRepaired warns of content that a target said it had, but did not have.
func (p *printer) warnRepaired(results []targetResult) {
	for _, r := range results {
		for _, digest := range r.report.Repaired {
			p.warnf("%s lacked %s, which it said it had: sent again", r.plan.Target, digest)
		}
	}
}

// printDigest prints the line that scripts cut the digest from. The form of the line is fixed.
func (p *printer) printDigest(results []targetResult, asJSON bool) error {
	if asJSON {
		return p.writeJSON(resultOutput(results))
	}
	d := results[0].report.Manifest
	return p.writeResult(fmt.Appendf(nil, "Digest: %s %d\n", d.Digest, d.Size))
}

// A copiesReport is about several images of a repository, each with its tags.
type copiesReport struct {
	*printer
	o      reportOptions
	images []imageResult
}

// add prints at once what was done with an image: a repository may have many.
func (r *copiesReport) add(image imageResult) {
	r.images = append(r.images, image)
	r.warnRepaired(image.results)
	for _, t := range image.results {
		switch {
		case t.plan.Err != nil || t.err != nil:
		case r.o.dryRun && !r.o.asJSON:
			r.printPlan(t.plan)
		case !r.o.dryRun:
			r.infof("%s: %s", t.plan.Target, t.summary())
		}
	}
}

func (r *copiesReport) finish(all int) (func() error, error) {
	err := joinErrors(r.images, all, r.o.dryRun)
	if err != nil && !isPartial(err) {
		return nil, err
	}
	return r.print, err
}

// print prints the images that are copied, beside an error too.
func (r *copiesReport) print() error {
	if r.o.asJSON {
		return r.writeJSON(copiesOutputOf(r.images, r.o.dryRun))
	}
	var lines []byte
	for _, image := range r.images {
		if image.err == nil {
			lines = append(lines, digestLines(image)...)
		}
	}
	return r.writeResult(lines)
}

// digestLines are the digest line of a push, once for each tag and with the tag at its end.
func digestLines(image imageResult) []byte {
	d := image.results[0].plan.Index.Descriptor()
	var b []byte
	for _, tag := range image.tags {
		b = fmt.Appendf(b, "Digest: %s %d %s\n", d.Digest, d.Size, tag)
	}
	return b
}
