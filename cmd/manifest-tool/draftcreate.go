package main

import (
	"context"
	"errors"

	"github.com/manifest-tool/manifest-tool/registry/archive"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// create makes a draft of images as they are now.
func (p *program) create(ctx context.Context, name string, members []string, o createOptions) error {
	options := o.spec
	atOnce := o.push && !o.amend // a draft would only be left behind
	if !atOnce {
		options = forDraft(o.spec)
	}
	s, notes, err := spec.FromMembers(name, members, options)
	p.warn(notes)
	if err != nil {
		return err
	}
	if atOnce {
		return p.createAndPush(ctx, name, s, o)
	}
	if o.file == "" {
		if err := makeAbsolute(&s); err != nil {
			return err
		}
	}
	s, err = p.pin(ctx, s, o.pushOptions)
	if err != nil {
		return err
	}
	if o.file != "" {
		return p.writeDraft(ctx, s, o.file)
	}
	folder, err := p.draftFolder(o.drafts)
	if err != nil {
		return err
	}
	ref := list(s)
	if s, err = p.keepDraft(ctx, folder, s, o); err != nil {
		return err
	}
	if !o.push {
		return p.printDraft(s)
	}
	d, err := p.draft(folder, ref, o.spec)
	if err != nil {
		return err
	}
	o.pinned = true
	return p.push(ctx, d.Spec, o.pushOptions)
}

// createAndPush needs no draft. One from before would take it all back if it was pushed.
func (p *program) createAndPush(ctx context.Context, name string, s spec.Spec, o createOptions) error {
	err := p.push(ctx, s, o.pushOptions)
	if err == nil && p.hasDraft(name, o.drafts) {
		p.log.Warnf("there is still a draft of %s from before (manifest-tool rm removes it)", list(s))
	}
	return err
}

func makeAbsolute(s *spec.Spec) error {
	target, err := absolute(list(*s))
	s.Targets[0].Place = target.Place
	for i := range s.Entries {
		e := &s.Entries[i]
		if err == nil {
			e.Source, err = absolute(e.Source)
		}
	}
	return err
}

// pin finds out what the images of a spec are now. What a push of it would tell is told already.
func (p *program) pin(ctx context.Context, s spec.Spec, o pushOptions) (_ spec.Spec, err error) {
	session, err := p.open(ctx, o.globalOptions, s.Places(), 0, p.newProgress("none", o.debug))
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	session.archives = archive.Options{Compress: o.compress, Note: func(text string) { p.log.Warn(text) }}
	targets := s.Targets
	s.Targets = nil // what they hold does not matter yet
	if err := p.await(ctx, session, s, o); err != nil {
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
	p.warn(notes)
	if err != nil {
		p.log.Warnf("as it stands it cannot be pushed: %v (manifest-tool annotate tells what the images are for)", err)
	}
	return pinned, nil
}

// writeDraft writes a draft to where the user wants it; - is stdout.
func (p *program) writeDraft(ctx context.Context, s spec.Spec, path string) error {
	text, err := draftText(s)
	if err != nil {
		return err
	}
	if path == "-" {
		return p.write(text)
	}
	file, err := createResultFile(ctx, flagDraftFile, path)
	if err != nil {
		return err
	}
	defer file.discard()
	return errors.Join(file.commit(text), p.printDraft(s))
}
