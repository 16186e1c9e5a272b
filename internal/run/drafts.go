package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/run/drafts"
	"github.com/manifest-tool/manifest-tool/spec"
)

// draftFolder returns the folder of drafts: the one that is named, or the user's.
func (r *Runner) draftFolder(named string) (drafts.Folder, error) {
	return drafts.Open(named, r.Getenv, r.out.Warn)
}

// HasDraft reports whether a draft of a name exists, valid or not.
func (r *Runner) HasDraft(name, named string) bool {
	ref, err := drafts.ParseList(name)
	if err != nil {
		return false
	}
	folder, err := r.draftFolder(named)
	return err == nil && folder.Has(ref)
}

// Annotate changes what a draft says of one of its images.
func (r *Runner) Annotate(ctx context.Context, name, member string, o AnnotateOptions) error {
	ref, source, err := parseMember(name, member)
	if err != nil {
		return err
	}
	folder, err := r.draftFolder(o.Drafts)
	if err != nil {
		return err
	}
	_, err = folder.Edit(ctx, ref, func(s *spec.Spec) (spec.Spec, error) {
		if s == nil {
			return spec.Spec{}, folder.NoDraft(ref)
		}
		err := s.Annotate(source, o.Platform, o.Annotations, o.Empty...)
		if e := (*spec.MemberError)(nil); errors.As(err, &e) && !e.Several {
			err = fmt.Errorf("%w\nmanifest-tool create --amend %s %s adds the image to the draft; manifest-tool edit %[2]s --add %[3]s adds it on the registry", err, ref, source)
		}
		return *s, output.Usage(err)
	})
	if err == nil {
		r.out.Warn(o.Notes...)
	}
	return err
}

// parseMember parses the name of a draft and the name of one of its images. A digest alone is an image in the
// repository of the draft.
func parseMember(name, member string) (list, image spec.Reference, err error) {
	if list, err = drafts.ParseList(name); err != nil {
		return list, image, err
	}
	if image, err = spec.ParseMember(member, list.Place); err == nil {
		image, err = drafts.Absolute(image)
	}
	return list, image, output.Usage(err)
}

// ListDrafts prints a line for each draft.
func (r *Runner) ListDrafts(named string) error {
	folder, err := r.draftFolder(named)
	if err != nil {
		return err
	}
	all, found, err := folder.List()
	if err != nil || !found {
		return err
	}
	return r.out.PrintDrafts(all)
}

// RemoveDrafts removes drafts and the backups of earlier ones.
func (r *Runner) RemoveDrafts(ctx context.Context, names []string, named string) error {
	folder, err := r.draftFolder(named)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		ref, err := drafts.ParseList(name)
		if err == nil {
			err = folder.Remove(ctx, ref)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
