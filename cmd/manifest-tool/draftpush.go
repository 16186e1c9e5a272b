package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// pushDraft pushes a draft, if its images are still what their tags hold.
func (p *program) pushDraft(ctx context.Context, name string, o draftPushOptions) error {
	ref, err := parseList(name)
	if err != nil {
		return err
	}
	folder, err := p.draftFolder(o.drafts)
	if err != nil {
		return err
	}
	d, err := p.draft(folder, ref, o.spec)
	if err != nil {
		return err
	}
	if o.refresh {
		if d, err = p.refresh(ctx, d, o); err != nil {
			return err
		}
	}
	o.pinned = !o.refresh
	if err := p.push(ctx, d.Spec, o.pushOptions); err != nil || !o.purge || o.dryRun {
		return err
	}
	return p.purge(ctx, d)
}

// refresh takes for each image what its tag holds now. A dry run leaves the draft alone.
func (p *program) refresh(ctx context.Context, d draft, o draftPushOptions) (draft, error) {
	latest := spec.Spec{Targets: d.Targets, Type: spec.Auto}
	for _, member := range d.Members() {
		latest.Entries = append(latest.Entries, spec.Entry{Source: member.Unpinned()})
	}
	latest, err := p.pin(ctx, latest, o.pushOptions)
	if err != nil {
		return d, err
	}
	amend := func(old *spec.Spec) (spec.Spec, error) {
		if old == nil {
			return d.Spec, errNoDraft{d.list}
		}
		amended, notes, err := old.Amend(latest)
		p.warn(notes)
		return amended, err
	}
	if o.dryRun {
		d.Spec, err = amend(&d.Spec)
		return d, err
	}
	if _, err := p.editDraft(ctx, d.folder, d.list, amend); err != nil {
		return d, err
	}
	return p.draft(d.folder, d.list, o.spec)
}

// purge removes a draft that was pushed, unless somebody has changed it meanwhile.
func (p *program) purge(ctx context.Context, d draft) error {
	locked, err := d.folder.lock(ctx, draftName(d.list))
	if err != nil {
		return err
	}
	defer locked.unlock()
	if !bytes.Equal(locked.old, d.raw) {
		p.log.Warnf("%s was changed meanwhile, so it stays", d.path())
		return nil
	}
	return locked.remove()
}

// unmoved refuses a spec of which images have been pushed anew since it was made.
func (p *program) unmoved(ctx context.Context, session registry.Session, s spec.Spec) error {
	shifts, err := resolve.TagDrifts(ctx, session, s)
	if err != nil {
		return err
	}
	moved := &movedError{}
	for _, shift := range shifts {
		if shift.Now == (v1.Hash{}) {
			p.log.Warnf("%s is gone; what it held when the draft was made is pushed", shift.Source.Unpinned())
			continue
		}
		moved.shifts = append(moved.shifts, shift)
	}
	if len(moved.shifts) > 0 {
		return moved
	}
	return nil
}

// A movedError is a draft that is not up to date.
type movedError struct{ shifts []resolve.TagDrift }

func (e *movedError) Error() string {
	var lines []string
	for _, s := range e.shifts {
		lines = append(lines, fmt.Sprintf("%s has moved since the draft was made: from %s to %s", s.Source.Unpinned(), s.Source.Digest, s.Now))
	}
	return strings.Join(lines, "\n")
}
