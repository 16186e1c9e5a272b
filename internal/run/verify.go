package run

import (
	"context"
	"errors"
	"path"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/output/progress"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/registry/verify"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Verify finds out whether images are whole, and whether the targets of specs hold what the specs would push. It prints
// the findings. Findings that count are an error.
func (r *Runner) Verify(ctx context.Context, words []string, o VerifyOptions) error {
	subjects, err := r.verifySubjects(ctx, words, o)
	if err != nil {
		return err
	}
	from, err := repairPlaces(subjects, o)
	if err != nil {
		return err
	}
	if o.Quiet {
		r.out.SetQuiet()
	}
	meter := r.newMeter(o.PushOptions)
	defer meter.End()
	session, err := r.open(ctx, o.GlobalOptions, verifyPlaces(subjects, from), meter)
	if err != nil {
		return err
	}
	v := &verifier{Runner: r, o: o, session: session, meter: meter, from: from}
	results := v.all(ctx, subjects)
	meter.End()
	err = errors.Join(session.advise(ctx, verifyErrors(results)), session.finish(ctx))
	if ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	printErr := r.out.PrintVerified(results, o.Format)
	return errors.Join(err, output.FindingsOf(results, o.Strict), printErr)
}

// verifySubjects parses the arguments, and reads the specs and drafts.
func (r *Runner) verifySubjects(ctx context.Context, words []string, o VerifyOptions) ([]subject, error) {
	var subjects []subject
	if err := checkStdin(words); err != nil {
		return nil, err
	}
	for _, word := range words {
		read := func() ([]subject, error) { return r.readSubjects(ctx, word, o.Drafts, o.PushOptions) }
		if o.AllTags {
			read = func() ([]subject, error) {
				s, err := repositorySubject(word)
				return []subject{s}, err
			}
		}
		more, err := read()
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, more...)
	}
	if _, err := path.Match(o.TagFilter, ""); err != nil {
		return nil, output.Usagef("tag filter %q: expected a pattern such as 1.* or v[0-9]*", o.TagFilter)
	}
	return subjects, nil
}

// verifyPlaces are the places that a verification reads. With a repair, the places of the subjects are written to.
func verifyPlaces(subjects []subject, from []spec.Place) places {
	var checked, sources []spec.Place
	for _, s := range subjects {
		if s.spec == nil {
			checked = append(checked, s.Image.Place)
			continue
		}
		named := placesOf(*s.spec)
		checked, sources = append(checked, named.targets...), append(sources, named.sources...)
	}
	all := places{targets: checked, sources: append(sources, from...)}
	if len(from) == 0 {
		return all.readOnly()
	}
	return all
}

// A verifier verifies the subjects of a command.
type verifier struct {
	*Runner
	o       VerifyOptions
	session *session
	meter   *progress.Meter
	from    []spec.Place // of --repair-from
	reader  *resolve.ContentsReader
}

// refresh forgets what was read.
func (v *verifier) refresh() {
	v.reader = resolve.NewContentsReader(v.session, resolve.ContentsOptions{Deep: v.o.Deep, Progress: v.meter})
}

// all verifies the subjects one after the other.
func (v *verifier) all(ctx context.Context, subjects []subject) (results []verify.Result) {
	v.refresh()
	for _, s := range subjects {
		results = append(results, v.subject(ctx, s)...)
		if ctx.Err() != nil {
			break
		}
	}
	return results
}

// subject verifies what an argument names. A failure is a result too, so that the other arguments are verified.
func (v *verifier) subject(ctx context.Context, s subject) []verify.Result {
	switch {
	case s.spec != nil:
		return v.spec(ctx, s)
	case v.o.AllTags:
		return v.allTags(ctx, s)
	}
	return []verify.Result{v.image(ctx, s.Word, s.Image, verify.Options{Require: v.o.Require, Exact: v.o.Exact})}
}

// image verifies one image, and repairs it if the user asks for that.
func (v *verifier) image(ctx context.Context, word string, ref spec.Reference, o verify.Options) verify.Result {
	c, err := v.reader.Contents(ctx, ref)
	if err != nil {
		return verify.Result{Subject: word, Reference: ref, Err: err}
	}
	result := verify.NewResult(word, c, o)
	if len(v.from) == 0 {
		return result
	}
	return v.repair(ctx, result, c, o)
}

// verifyErrors joins the failures.
func verifyErrors(results []verify.Result) error {
	var errs []error
	for _, result := range results {
		errs = append(errs, result.Err)
		if result.Repair != nil {
			errs = append(errs, result.Repair.Err)
		}
	}
	return errors.Join(errs...)
}

// missing reports whether an image does not exist.
func missing(err error) bool { return errors.Is(err, registry.ErrNotFound) }
