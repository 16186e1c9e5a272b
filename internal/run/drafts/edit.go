package drafts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Keep writes a draft into the folder, and returns what the draft holds then. With amend, what the draft held before
// stays in it.
func (f Folder) Keep(ctx context.Context, s spec.Spec, amend bool) (spec.Spec, error) {
	if !amend {
		return s, f.replace(ctx, s)
	}
	return f.Edit(ctx, ListOf(s), func(old *spec.Spec) (spec.Spec, error) {
		if old == nil {
			return s, nil
		}
		amended, notes, err := old.Amend(s)
		f.warn(notes...)
		return amended, err
	})
}

// replace writes a draft. If there is one with other content, it warns, and keeps the old file beside the new one.
func (f Folder) replace(ctx context.Context, s spec.Spec) error {
	d, err := f.lock(ctx, fileName(ListOf(s)))
	if err != nil {
		return err
	}
	defer d.unlock()
	text, err := FileText(s)
	if err != nil || bytes.Equal(text, d.old) {
		return err
	}
	if d.old != nil {
		path := f.Path(ListOf(s))
		old, err := f.parse(d.old, ListOf(s), Unchecked)
		if err := d.backUp(); err != nil {
			return err
		}
		if f.warnDropped(old, s) || err != nil || !isOurs(old, d.old) {
			f.warn(fmt.Sprintf("the previous draft is kept in %s", path+backupSuffix))
		}
	}
	return d.replace(text)
}

// warnDropped warns of entries of the old draft that the new one does not have, and returns whether there are any.
func (f Folder) warnDropped(old, s spec.Spec) (any bool) {
	for _, e := range old.Entries {
		if !slices.ContainsFunc(s.Entries, func(f spec.Entry) bool { return saysSame(e, f) }) {
			any = true
			f.warn(fmt.Sprintf("removed from the draft: %s for %s (use --amend to keep it)", e.Source, output.DraftPlatform(e)))
		}
	}
	return any
}

// saysSame reports whether two entries have the same settings for one image, whatever the tag of the image holds.
func saysSame(a, b spec.Entry) bool {
	return a.Source.Unpinned() == b.Source.Unpinned() && a.Platform.Equals(b.Platform) && a.NoPlatform == b.NoPlatform &&
		slices.Equal(a.Empty, b.Empty) && maps.Equal(a.Annotations, b.Annotations)
}

// isOurs reports whether manifest-tool wrote a draft in its current form. Such a draft needs no backup, because the
// user has not edited it.
func isOurs(s spec.Spec, raw []byte) bool {
	text, err := FileText(s)
	return err == nil && bytes.Equal(text, raw)
}

// Edit changes the draft of a name while no other process can, and returns the result. If there is no draft, edit
// gets nil.
func (f Folder) Edit(ctx context.Context, ref spec.Reference,
	edit func(old *spec.Spec) (spec.Spec, error)) (spec.Spec, error) {
	d, err := f.lock(ctx, fileName(ref))
	if err != nil {
		return spec.Spec{}, err
	}
	defer d.unlock()
	path := f.Path(ref)
	var before *spec.Spec
	keep := false // the old file
	if d.old != nil {
		old, err := f.parse(d.old, ref, Unchecked)
		if err != nil {
			return old, err
		}
		before, keep = &old, !isOurs(old, d.old)
	}
	s, err := edit(before)
	if err != nil {
		return s, err
	}
	text, err := FileText(s)
	if err != nil || bytes.Equal(text, d.old) {
		return s, err
	}
	if keep {
		if err := d.backUp(); err != nil {
			return s, err
		}
		f.warn(fmt.Sprintf("comments in the draft are lost; the previous draft is kept in %s", path+backupSuffix))
	}
	return s, d.replace(text)
}

// Remove removes a draft and the backup of an earlier one.
func (f Folder) Remove(ctx context.Context, ref spec.Reference) error {
	if _, err := f.readFile(fileName(ref)); errors.Is(err, fs.ErrNotExist) {
		return f.NoDraft(ref) // without creating the folder
	}
	d, err := f.lock(ctx, fileName(ref))
	if err != nil {
		return err
	}
	defer d.unlock()
	return errors.Join(d.remove(), d.removeBackup())
}

// Purge removes a draft that was pushed, unless another process has changed it meanwhile.
func (f Folder) Purge(ctx context.Context, d Draft) error {
	locked, err := f.lock(ctx, fileName(d.List))
	if err != nil {
		return err
	}
	defer locked.unlock()
	if !bytes.Equal(locked.old, d.Raw) {
		f.warn(d.path() + " was changed during the push, so the draft is kept")
		return nil
	}
	return locked.remove()
}
