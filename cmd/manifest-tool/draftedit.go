package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/manifest-tool/manifest-tool/spec"
)

// asItIs reads a draft with whatever was let into it. What pushes it decides whether it passes there.
var asItIs = spec.Options{AllowUnknownPlatform: true}

// keepDraft writes a draft into the folder, and gives what it holds then: with --amend also what was in it
// before.
func (p *program) keepDraft(ctx context.Context, folder draftFolder, s spec.Spec, o createOptions) (spec.Spec, error) {
	if !o.amend {
		return s, p.replaceDraft(ctx, folder, s)
	}
	return p.editDraft(ctx, folder, list(s), func(old *spec.Spec) (spec.Spec, error) {
		if old == nil {
			return s, nil
		}
		amended, notes, err := old.Amend(s)
		p.warn(notes)
		return amended, err
	})
}

// replaceDraft makes a draft, whatever was there before: that is told where it goes, and stays beside it.
func (p *program) replaceDraft(ctx context.Context, folder draftFolder, s spec.Spec) error {
	d, err := folder.lock(ctx, draftName(list(s)))
	if err != nil {
		return err
	}
	defer d.unlock()
	text, err := draftText(s)
	if err != nil || bytes.Equal(text, d.old) {
		return err
	}
	if d.old != nil {
		path := folder.path(list(s))
		old, err := p.loadDraft(path, d.old, list(s), asItIs)
		if err := d.backUp(); err != nil {
			return err
		}
		if p.tellDropped(old, s) || err != nil || !isOurs(old, d.old) {
			p.log.Warnf("the draft as it was stays in %s", path+backupSuffix)
		}
	}
	return d.replace(text)
}

// tellDropped tells which entries of a draft are not in the one that takes its place.
func (p *program) tellDropped(old, s spec.Spec) (any bool) {
	for _, e := range old.Entries {
		isSame := func(f spec.Entry) bool {
			return e.Source.Unpinned() == f.Source.Unpinned() && e.Platform.Equals(f.Platform) && maps.Equal(e.Annotations, f.Annotations)
		}
		if !slices.ContainsFunc(s.Entries, isSame) {
			any = true
			p.log.Warnf("dropped from the draft: %s for %s (with --amend it would stay)", e.Source, platformName(e.Platform))
		}
	}
	return any
}

// isOurs tells whether a draft is as we wrote it, so that nothing a person wrote is lost with it.
func isOurs(s spec.Spec, raw []byte) bool {
	text, err := draftText(s)
	return err == nil && bytes.Equal(text, raw)
}

// editDraft changes the draft of a name, with nobody else at it, and gives what it is then. A draft that
// is not there is nil.
func (p *program) editDraft(ctx context.Context, folder draftFolder, ref spec.Reference,
	edit func(old *spec.Spec) (spec.Spec, error)) (spec.Spec, error) {
	d, err := folder.lock(ctx, draftName(ref))
	if err != nil {
		return spec.Spec{}, err
	}
	defer d.unlock()
	path := folder.path(ref)
	var before *spec.Spec
	keep := false // what it was
	if d.old != nil {
		old, err := p.loadDraft(path, d.old, ref, asItIs)
		if err != nil {
			return old, err
		}
		before, keep = &old, !isOurs(old, d.old)
	}
	s, err := edit(before)
	if err != nil {
		return s, err
	}
	text, err := draftText(s)
	if err != nil || bytes.Equal(text, d.old) {
		return s, err
	}
	if keep {
		if err := d.backUp(); err != nil {
			return s, err
		}
		p.log.Warnf("comments and the like are not kept; the draft as it was stays in %s", path+backupSuffix)
	}
	return s, d.replace(text)
}

// annotate changes what a draft says of one of its images.
func (p *program) annotate(ctx context.Context, name, member string, o annotateOptions) error {
	ref, err := parseList(name)
	if err != nil {
		return err
	}
	source, err := spec.ParseReference(member)
	if err == nil {
		source, err = absolute(source.WithDefaultTag())
	}
	if err != nil {
		return usageError{err.Error()}
	}
	folder, err := p.draftFolder(o.drafts)
	if err != nil {
		return err
	}
	p.warn(o.notes)
	_, err = p.editDraft(ctx, folder, ref, func(s *spec.Spec) (spec.Spec, error) {
		if s == nil {
			return spec.Spec{}, errNoDraft{ref}
		}
		err := s.Annotate(source, o.platform, o.annotations)
		if e := (*spec.MemberError)(nil); errors.As(err, &e) && !e.Several {
			err = fmt.Errorf("%w\nmanifest-tool create --amend %s %s adds it; manifest-tool edit %[2]s --add %[3]s does that on the registry", err, ref, source)
		}
		if err != nil {
			return *s, usageError{err.Error()}
		}
		return *s, nil
	})
	return err
}

// removeDrafts removes drafts and what is left of earlier ones.
func (p *program) removeDrafts(ctx context.Context, names []string, folder draftFolder) error {
	var errs []error
	for _, name := range names {
		ref, err := parseList(name)
		if err == nil {
			err = removeDraft(ctx, folder, ref)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func removeDraft(ctx context.Context, folder draftFolder, ref spec.Reference) error {
	if _, err := folder.read(draftName(ref)); errors.Is(err, fs.ErrNotExist) {
		return errNoDraft{ref} // and no folder is made
	}
	d, err := folder.lock(ctx, draftName(ref))
	if err != nil {
		return err
	}
	defer d.unlock()
	return errors.Join(d.remove(), d.removeBackup())
}
