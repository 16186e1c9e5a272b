package run

import (
	"context"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
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
	for i, word := range words {
		if word == "-" && i > 0 && subjects[0].Word == "-" {
			return output.Usagef("only one spec can come from stdin")
		}
		s, err := r.readSubject(ctx, word, o.Drafts, o.PushOptions)
		if err != nil {
			return err
		}
		if o.Update && s.Draft == "" {
			return output.Usagef("--update refreshes drafts, and %s is none: name drafts as draft:LIST", word)
		}
		c := checked{subject: s}
		if s.Draft != "" {
			c.recorded = plan.DraftSources(*s.spec)
		}
		subjects = append(subjects, c)
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

// A checked subject is an argument of outdated, and what was read of it.
type checked struct {
	subject
	held     []resolve.Side // the image, or what the first tag of each target of a spec holds
	recorded []plan.RecordedSource
	without  int // entries without a recorded source
}

// places are those of the subject itself. They come before the places that an index names, so that credentials without a
// host are for the registry that the user names.
func (s checked) places() []spec.Place {
	if s.spec == nil {
		return []spec.Place{s.Image.Place}
	}
	return placesOf(*s.spec).targets
}

// sources are the references of the sources.
func (s checked) sources() []spec.Reference {
	var refs []spec.Reference
	for _, source := range s.recorded {
		refs = append(refs, source.Source)
	}
	if s.spec != nil {
		refs = append(refs, s.spec.Members()...)
	}
	return refs
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
	for i := range subjects {
		if err = subjects[i].read(ctx, session); err != nil {
			break
		}
	}
	err = session.advise(ctx, err)
	return errors.Join(err, session.Close())
}

func (s *checked) read(ctx context.Context, session registry.Session) error {
	switch {
	case s.Draft != "":
		return nil
	case s.spec != nil:
		return s.readTargets(ctx, session)
	}
	side, err := resolve.ReadSide(ctx, session, s.Image)
	if err != nil {
		return err
	}
	s.held = []resolve.Side{side}
	s.recorded, s.without = plan.RecordedSources(side.Listed())
	if len(s.recorded) == 0 {
		return output.Usagef("%s has no recorded sources: push the image with --record-sources, or name the spec that the image is made from", s.Word)
	}
	return nil
}

// readTargets reads what the first tag of each target holds, if the tag exists.
func (s *checked) readTargets(ctx context.Context, session registry.Session) error {
	var read []func(context.Context) (resolve.Side, error)
	for _, t := range s.spec.Targets {
		if len(t.Tags) == 0 {
			continue
		}
		ref := spec.Reference{Place: t.Place, Tag: t.Tags[0]}
		read = append(read, func(ctx context.Context) (resolve.Side, error) {
			side, err := resolve.ReadSide(ctx, session, ref)
			if errors.Is(err, registry.ErrNotFound) {
				return resolve.AbsentSide(ref), nil
			}
			return side, err
		})
	}
	var err error
	s.held, err = resolve.ReadSides(ctx, read...)
	return err
}

// checkSources finds out what the sources of all subjects are now.
func (r *Runner) checkSources(ctx context.Context, subjects []checked, o OutdatedOptions) (checks []plan.SubjectCheck, err error) {
	var all []spec.Place
	var refs []spec.Reference
	for _, s := range subjects {
		all = append(all, s.places()...)
		refs = append(refs, s.sources()...)
	}
	for _, ref := range refs {
		all = append(all, ref.Place)
	}
	session, err := r.open(ctx, o.GlobalOptions, places{sources: all}, noMeter())
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

// check compares the sources of a subject with what they are now. A spec has a result for each target.
func (s checked) check(ctx context.Context, session registry.Session, now map[spec.Reference]v1.Descriptor) ([]plan.SubjectCheck, error) {
	if s.spec == nil || s.Draft != "" {
		c := plan.SubjectCheck{Name: s.Word, Sources: plan.CheckTags(s.recorded, now), Without: s.without}
		if len(s.held) > 0 {
			c.Digest = s.held[0].Manifest.Digest
		}
		return []plan.SubjectCheck{c}, nil
	}
	var checks []plan.SubjectCheck
	for _, side := range s.held {
		held := side.Listed()
		found, err := resolve.SelectedImages(ctx, session, *s.spec, plan.Unsettled(*s.spec, now, held))
		if err != nil {
			return nil, err
		}
		checks = append(checks, plan.SubjectCheck{Name: s.nameOf(side), Digest: side.Manifest.Digest, Sources: plan.CheckSpec(*s.spec, now, held, found)})
	}
	return checks, nil
}

// nameOf is the name of a target of a spec.
func (s checked) nameOf(side resolve.Side) string {
	return fmt.Sprintf("%s (%s)", side.Reference, s.Word)
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
