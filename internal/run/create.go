package run

import (
	"context"
	"errors"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run/drafts"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Create makes a draft of images as they are now, or pushes them at once.
func (r *Runner) Create(ctx context.Context, name string, members []string, o CreateOptions) error {
	options := o.Spec
	atOnce := o.Push && !o.Amend // needs no draft
	if !atOnce {
		options = forDraft(o.Spec)
	}
	s, notes, err := spec.FromMembers(name, members, options)
	r.out.Warn(notes...)
	if err != nil {
		return err
	}
	if atOnce {
		return r.createAndPush(ctx, name, s, o)
	}
	if o.File == "" {
		if err := drafts.MakeAbsolute(&s); err != nil {
			return err
		}
	}
	s, err = r.pin(ctx, s, o.PushOptions)
	if err != nil {
		return err
	}
	if o.File != "" {
		return r.writeDraft(ctx, s, o.File)
	}
	folder, err := r.draftFolder(o.Drafts)
	if err != nil {
		return err
	}
	ref := drafts.ListOf(s)
	if s, err = folder.Keep(ctx, s, o.Amend); err != nil {
		return err
	}
	if !o.Push {
		return r.out.PrintDraft(s)
	}
	d, err := folder.Read(ref, o.Spec)
	if err != nil {
		return err
	}
	o.pinned = true
	return r.push(ctx, d.Spec, o.PushOptions)
}

// forDraft are the options that a draft keeps, or is parsed with.
func forDraft(o spec.Options) spec.Options {
	return spec.Options{Strict: o.Strict, AllowUnknownPlatform: o.AllowUnknownPlatform, Type: o.Type,
		Annotations: spec.Annotations{Index: o.Annotations.Index}}
}

// createAndPush pushes without a draft. It warns of an earlier draft, which would undo the push if it was pushed.
func (r *Runner) createAndPush(ctx context.Context, name string, s spec.Spec, o CreateOptions) error {
	err := r.push(ctx, s, o.PushOptions)
	if err == nil && r.HasDraft(name, o.Drafts) {
		r.out.Warnf("an older draft of %s still exists: remove it with manifest-tool rm", drafts.ListOf(s))
	}
	return err
}

// pin resolves the images of a spec to digests. It prints the warnings that a push of the spec would print.
func (r *Runner) pin(ctx context.Context, s spec.Spec, o PushOptions) (_ spec.Spec, err error) {
	session, err := r.open(ctx, o.GlobalOptions, placesOf(s).readOnly(), noMeter())
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(session.advise(ctx, err), session.Close()) }()
	session.archives = r.archiveOptions(o)
	targets := s.Targets
	s.Targets = nil // a draft does not depend on what they hold
	if err := r.await(ctx, session, s, o); err != nil {
		return s, err
	}
	state, err := resolve.Push(ctx, session, s, plan.Options{})
	if err != nil {
		return s, err
	}
	pinned, err := plan.Pin(s, state)
	if err != nil {
		return s, err
	}
	pinned.Targets = targets
	_, notes, err := plan.Push(s, state, plan.Options{})
	r.out.Warn(notes...)
	if err != nil {
		r.out.Warnf("this draft cannot be pushed yet: %v (use manifest-tool annotate to set the platforms of the images)", err)
	}
	return pinned, nil
}

// writeDraft writes a draft into a file of the user; - is stdout.
func (r *Runner) writeDraft(ctx context.Context, s spec.Spec, path string) error {
	text, err := drafts.FileText(s)
	if err != nil {
		return err
	}
	if path == "-" {
		return r.out.WriteResult(text)
	}
	file, err := output.CreateResultFile(ctx, "draft-file", path)
	if err != nil {
		return err
	}
	defer file.Discard()
	return errors.Join(file.Commit(text), r.out.PrintDraft(s))
}
