package run

import (
	"context"
	"errors"
	"fmt"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run/drafts"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// PushDraft pushes a draft, if the tags of its images still hold the digests in the draft.
func (r *Runner) PushDraft(ctx context.Context, name string, o DraftPushOptions) error {
	if IsFile(name) && !r.HasDraft(name, o.Drafts) {
		return output.Usagef("no draft of %s, but a file with this name exists: push the spec with push from-spec %[1]s", name)
	}
	d, err := r.readDraft(name, o.Drafts, o.Spec)
	if missing := (output.NoDraftError{}); errors.As(err, &missing) {
		missing.IsPush = true
		err = missing
	}
	if err != nil {
		return err
	}
	if o.Refresh {
		if d, err = r.refresh(ctx, d, o); err != nil {
			return err
		}
	}
	o.pinned = !o.Refresh
	if err := r.push(ctx, d.Spec, o.PushOptions); err != nil || !o.Purge || o.DryRun {
		return err
	}
	if err := d.Folder.Purge(ctx, d); err != nil {
		return fmt.Errorf("the index is pushed, but the draft is still there: %w", err)
	}
	return nil
}

// IsFile reports whether a path is that of a regular file.
func IsFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// refresh updates the digest of each image to what its tag holds now. A dry run does not write the draft.
func (r *Runner) refresh(ctx context.Context, d drafts.Draft, o DraftPushOptions) (drafts.Draft, error) {
	latest := spec.Spec{Targets: d.Targets, Type: spec.Auto}
	for _, member := range d.Members() {
		latest.Entries = append(latest.Entries, spec.Entry{Source: member.Unpinned()})
	}
	latest, err := r.pin(ctx, latest, o.PushOptions)
	if err != nil {
		return d, err
	}
	amend := func(old *spec.Spec) (spec.Spec, error) {
		if old == nil {
			return d.Spec, d.Folder.NoDraft(d.List)
		}
		amended, notes, err := old.Amend(latest)
		r.out.Warn(notes...)
		return amended, err
	}
	if o.DryRun {
		d.Spec, err = amend(&d.Spec)
		return d, err
	}
	if _, err := d.Folder.Edit(ctx, d.List, amend); err != nil {
		return d, err
	}
	return d.Folder.Read(d.List, o.Spec)
}

// checkUnmoved refuses a spec if tags of its images have moved since it was made.
func (r *Runner) checkUnmoved(ctx context.Context, session registry.Session, s spec.Spec) error {
	shifts, err := resolve.TagDrifts(ctx, session, s)
	if err != nil {
		return err
	}
	moved := &output.MovedError{}
	for _, shift := range shifts {
		if shift.Now == (v1.Hash{}) {
			r.out.Warnf("%s no longer exists: pushing the image that the tag held when the draft was created", shift.Source.Unpinned())
			continue
		}
		moved.Shifts = append(moved.Shifts, shift)
	}
	if len(moved.Shifts) > 0 {
		return moved
	}
	return nil
}
