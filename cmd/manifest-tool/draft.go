package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A draft is a spec file in the folder of drafts, under the name that it is to be pushed to.
type draft struct {
	spec.Spec
	folder draftFolder
	list   spec.Reference
	raw    []byte
}

func (d draft) path() string { return d.folder.path(d.list) }

// list is the name that a spec is pushed to first.
func list(s spec.Spec) spec.Reference { return s.Names()[0] }

// errNoDraft is a name without a draft.
type errNoDraft struct{ list spec.Reference }

func (e errNoDraft) Error() string { return fmt.Sprintf("there is no draft of %s", e.list) }

// parseList parses the name of a draft.
func parseList(name string) (spec.Reference, error) {
	ref, err := spec.ParseReference(name)
	if err == nil {
		ref, err = absolute(ref.WithDefaultTag())
	}
	if err != nil {
		return ref, usageError{err.Error()}
	}
	if ref.Tag == "" {
		ref.Tag = "latest" // as a push to a layout
	}
	return ref, nil
}

// absolute makes a name good in every folder.
func absolute(ref spec.Reference) (spec.Reference, error) {
	var err error
	if ref.Place.Kind != spec.Registry {
		ref.Place.Path, err = filepath.Abs(ref.Place.Path)
	}
	return ref, err
}

// draft reads the draft of a name.
func (p *program) draft(folder draftFolder, ref spec.Reference, o spec.Options) (draft, error) {
	d := draft{folder: folder, list: ref}
	var err error
	if d.raw, err = folder.read(draftName(ref)); errors.Is(err, fs.ErrNotExist) {
		return d, errNoDraft{ref}
	} else if err != nil {
		return d, err
	}
	d.Spec, err = p.loadDraft(d.path(), d.raw, ref, o)
	return d, err
}

// hasDraft tells whether there is a draft of a name, sound or not.
func (p *program) hasDraft(name, drafts string) bool {
	ref, err := parseList(name)
	if err != nil {
		return false
	}
	folder, err := p.draftFolder(drafts)
	if err != nil {
		return false
	}
	_, err = folder.read(draftName(ref))
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

// loadDraft reads a draft, which has to be that of a name.
func (p *program) loadDraft(path string, raw []byte, ref spec.Reference, o spec.Options) (spec.Spec, error) {
	s, notes, err := spec.Load(path, bytes.NewReader(raw), o)
	p.warn(notes)
	if err == nil && list(s) != ref && !(o.ByDigest && list(s).Place == ref.Place) {
		err = usagef("%s is for %s, not for %s: push from-spec pushes it as it is", path, list(s), ref)
	}
	return s, err
}

func draftText(s spec.Spec) ([]byte, error) {
	return s.Write("made by manifest-tool create; it is a spec, so you may edit it, and push from-spec takes it too")
}
