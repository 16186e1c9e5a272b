package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/manifest-tool/manifest-tool/spec"
)

// draftFolder returns the folder of drafts: the one that is named, or the user's.
func (r *runner) draftFolder(named string) (draftFolder, error) {
	return openDraftFolder(named, r.getenv, r.out.warn)
}

// hasDraft tells whether there is a draft of a name, valid or not.
func (r *runner) hasDraft(name, drafts string) bool {
	ref, err := parseList(name)
	if err != nil {
		return false
	}
	folder, err := r.draftFolder(drafts)
	return err == nil && folder.has(ref)
}

// annotate changes what a draft says of one of its images.
func (r *runner) annotate(ctx context.Context, name, member string, o annotateOptions) error {
	ref, err := parseList(name)
	if err != nil {
		return err
	}
	source, err := spec.ParseReference(member)
	if err == nil {
		source, err = absolute(source.WithDefaultTag())
	}
	if err != nil {
		return usage(err)
	}
	folder, err := r.draftFolder(o.drafts)
	if err != nil {
		return err
	}
	r.out.warn(o.notes...)
	_, err = folder.edit(ctx, ref, func(s *spec.Spec) (spec.Spec, error) {
		if s == nil {
			return spec.Spec{}, noDraftError{ref}
		}
		err := s.Annotate(source, o.platform, o.annotations)
		if e := (*spec.MemberError)(nil); errors.As(err, &e) && !e.Several {
			err = fmt.Errorf("%w\nmanifest-tool create --amend %s %s adds it; manifest-tool edit %[2]s --add %[3]s does that on the registry", err, ref, source)
		}
		return *s, usage(err)
	})
	return err
}

// listDrafts prints a line for each draft.
func (r *runner) listDrafts(drafts string) error {
	folder, err := r.draftFolder(drafts)
	if err != nil {
		return err
	}
	all, found, err := folder.list()
	if err != nil || !found {
		return err
	}
	return r.out.printDrafts(all)
}

// removeDrafts removes drafts and the backups of earlier ones.
func (r *runner) removeDrafts(ctx context.Context, names []string, drafts string) error {
	folder, err := r.draftFolder(drafts)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		ref, err := parseList(name)
		if err == nil {
			err = folder.remove(ctx, ref)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
