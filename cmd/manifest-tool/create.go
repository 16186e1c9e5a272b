package main

import (
	"context"
	"errors"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// create makes a draft of images as they are now, or pushes them at once.
func (r *runner) create(ctx context.Context, name string, members []string, o createOptions) error {
	options := o.spec
	atOnce := o.push && !o.amend // needs no draft
	if !atOnce {
		options = forDraft(o.spec)
	}
	s, notes, err := spec.FromMembers(name, members, options)
	r.out.warn(notes...)
	if err != nil {
		return err
	}
	if atOnce {
		return r.createAndPush(ctx, name, s, o)
	}
	if o.file == "" {
		if err := makeAbsolute(&s); err != nil {
			return err
		}
	}
	s, err = r.pin(ctx, s, o.pushOptions)
	if err != nil {
		return err
	}
	if o.file != "" {
		return r.writeDraft(ctx, s, o.file)
	}
	folder, err := r.draftFolder(o.drafts)
	if err != nil {
		return err
	}
	ref := listOf(s)
	if s, err = folder.keep(ctx, s, o.amend); err != nil {
		return err
	}
	if !o.push {
		return r.out.printDraft(s)
	}
	d, err := folder.read(ref, o.spec)
	if err != nil {
		return err
	}
	o.pinned = true
	return r.push(ctx, d.Spec, o.pushOptions)
}

// forDraft are the options that a draft keeps, or is parsed with.
func forDraft(o spec.Options) spec.Options {
	return spec.Options{Strict: o.Strict, AllowUnknownPlatform: o.AllowUnknownPlatform, Type: o.Type,
		Annotations: spec.Annotations{Index: o.Annotations.Index}}
}

// createAndPush pushes without a draft. It warns of an earlier draft, which would undo the push if it was pushed.
func (r *runner) createAndPush(ctx context.Context, name string, s spec.Spec, o createOptions) error {
	err := r.push(ctx, s, o.pushOptions)
	if err == nil && r.hasDraft(name, o.drafts) {
		r.out.warnf("there is still a draft of %s from before (manifest-tool rm removes it)", listOf(s))
	}
	return err
}

// pin resolves the images of a spec to digests. It prints the warnings that a push of the spec would print.
func (r *runner) pin(ctx context.Context, s spec.Spec, o pushOptions) (_ spec.Spec, err error) {
	session, err := r.open(ctx, o.globalOptions, placesOf(s).readOnly(), noMeter())
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	session.archives = r.archiveOptions(o)
	targets := s.Targets
	s.Targets = nil // a draft does not depend on what they hold
	if err := r.await(ctx, session, s, o); err != nil {
		return s, err
	}
	state, err := registry.Resolve(ctx, session, s, registry.PlanOptions{})
	if err != nil {
		return s, err
	}
	pinned, err := registry.Pin(s, state)
	if err != nil {
		return s, err
	}
	pinned.Targets = targets
	_, notes, err := registry.PlanIndex(s, state, registry.PlanOptions{})
	r.out.warn(notes...)
	if err != nil {
		r.out.warnf("as it stands it cannot be pushed: %v (manifest-tool annotate tells what the images are for)", err)
	}
	return pinned, nil
}

// writeDraft writes a draft into a file of the user; - is stdout.
func (r *runner) writeDraft(ctx context.Context, s spec.Spec, path string) error {
	text, err := draftText(s)
	if err != nil {
		return err
	}
	if path == "-" {
		return r.out.writeResult(text)
	}
	file, err := createResultFile(ctx, "draft-file", path)
	if err != nil {
		return err
	}
	defer file.discard()
	return errors.Join(file.commit(text), r.out.printDraft(s))
}
