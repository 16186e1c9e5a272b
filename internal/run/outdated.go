package run

import (
	"context"
	"errors"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// OutdatedOptions are the options of Outdated. Those of a push say how a spec is read.
type OutdatedOptions struct {
	PushOptions
	Drafts string
	Update bool // refresh drafts that are outdated
}

// Outdated prints whether the sources of indexes, specs and drafts have changed since an index was made from them.
func (r *Runner) Outdated(ctx context.Context, words []string, o OutdatedOptions) error {
	var subjects []checked
	if err := checkStdin(words); err != nil {
		return err
	}
	for _, word := range words {
		named, err := r.readSubjects(ctx, word, o.Drafts, o.PushOptions)
		if err != nil {
			return err
		}
		for _, s := range named {
			if o.Update && s.Draft == "" {
				return output.Usagef("--update refreshes drafts, and %s is none: name drafts as draft:LIST", word)
			}
			c := checked{subject: s}
			if s.Draft != "" {
				c.recorded = plan.DraftSources(*s.spec)
			}
			subjects = append(subjects, c)
		}
	}
	if err := r.readHeld(ctx, subjects, o); err != nil {
		return err
	}
	checks, err := r.checkSources(ctx, subjects, o)
	if err != nil {
		return err
	}
	if o.Update {
		if err := r.updateDrafts(ctx, subjects, checks, o); err != nil {
			return err
		}
	}
	return r.out.PrintOutdated(checks, o.AsJSON)
}

// readHeld reads the indexes that the sources are compared with.
func (r *Runner) readHeld(ctx context.Context, subjects []checked, o OutdatedOptions) error {
	var all []spec.Place
	for _, s := range subjects {
		if s.Draft == "" {
			all = append(all, s.places()...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	session, err := r.open(ctx, o.GlobalOptions, places{sources: all}, noMeter())
	if err != nil {
		return err
	}
	err = parallel.Each(ctx, len(subjects), func(ctx context.Context, i int) error { return subjects[i].read(ctx, session) })
	err = session.advise(ctx, err)
	return errors.Join(err, session.Close())
}

// checkSources finds out what the sources of all subjects are now.
func (r *Runner) checkSources(ctx context.Context, subjects []checked, o OutdatedOptions) (checks []plan.SubjectCheck, err error) {
	var refs []spec.Reference
	for _, s := range subjects {
		refs = append(refs, s.sources()...)
	}
	session, err := r.open(ctx, o.GlobalOptions, placesOfSources(subjects), noMeter())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(session.advise(ctx, err), session.Close()) }()
	now, err := resolve.TagDigests(ctx, session, refs)
	if err != nil {
		return nil, err
	}
	for _, s := range subjects {
		found, err := s.check(ctx, session, now)
		if err != nil {
			return nil, err
		}
		checks = append(checks, found...)
	}
	return checks, nil
}

// updateDrafts refreshes the drafts that are outdated.
func (r *Runner) updateDrafts(ctx context.Context, subjects []checked, checks []plan.SubjectCheck, o OutdatedOptions) error {
	for i, s := range subjects {
		if checks[i].Outdated() == 0 {
			continue
		}
		d, err := r.readDraft(s.Draft, o.Drafts, o.Spec)
		if err != nil {
			return err
		}
		if _, err := r.refresh(ctx, d, DraftPushOptions{PushOptions: o.PushOptions, Drafts: o.Drafts}); err != nil {
			return err
		}
	}
	return nil
}
