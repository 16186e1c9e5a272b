package main

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// pushDraft pushes a draft, if the tags of its images still hold the digests in the draft.
func (r *runner) pushDraft(ctx context.Context, name string, o draftPushOptions) error {
	ref, err := parseList(name)
	if err != nil {
		return err
	}
	folder, err := r.draftFolder(o.drafts)
	if err != nil {
		return err
	}
	d, err := folder.read(ref, o.spec)
	if err != nil {
		return err
	}
	if o.refresh {
		if d, err = r.refresh(ctx, d, o); err != nil {
			return err
		}
	}
	o.pinned = !o.refresh
	if err := r.push(ctx, d.Spec, o.pushOptions); err != nil || !o.purge || o.dryRun {
		return err
	}
	return folder.purge(ctx, d)
}

// refresh updates the digest of each image to what its tag holds now. A dry run does not write the draft.
func (r *runner) refresh(ctx context.Context, d draft, o draftPushOptions) (draft, error) {
	latest := spec.Spec{Targets: d.Targets, Type: spec.Auto}
	for _, member := range d.Members() {
		latest.Entries = append(latest.Entries, spec.Entry{Source: member.Unpinned()})
	}
	latest, err := r.pin(ctx, latest, o.pushOptions)
	if err != nil {
		return d, err
	}
	amend := func(old *spec.Spec) (spec.Spec, error) {
		if old == nil {
			return d.Spec, noDraftError{d.list}
		}
		amended, notes, err := old.Amend(latest)
		r.out.warn(notes...)
		return amended, err
	}
	if o.dryRun {
		d.Spec, err = amend(&d.Spec)
		return d, err
	}
	if _, err := d.folder.edit(ctx, d.list, amend); err != nil {
		return d, err
	}
	return d.folder.read(d.list, o.spec)
}

// checkUnmoved refuses a spec if tags of its images have moved since it was made.
func (r *runner) checkUnmoved(ctx context.Context, session registry.Session, s spec.Spec) error {
	shifts, err := registry.Shifts(ctx, session, s)
	if err != nil {
		return err
	}
	moved := &movedError{}
	for _, shift := range shifts {
		if shift.Now == (v1.Hash{}) {
			r.out.warnf("%s is gone; what it held when the draft was made is pushed", shift.Source.Unpinned())
			continue
		}
		moved.shifts = append(moved.shifts, shift)
	}
	if len(moved.shifts) > 0 {
		return moved
	}
	return nil
}
