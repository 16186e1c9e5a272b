package main

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A draft is a spec file in the folder of drafts. Its name, the list, is the reference that it is pushed to first.
type draft struct {
	spec.Spec
	folder draftFolder
	list   spec.Reference
	raw    []byte
}

func (d draft) path() string { return d.folder.path(d.list) }

// listOf is the reference that a spec is pushed to first.
func listOf(s spec.Spec) spec.Reference { return s.Names()[0] }

// parseList parses the name of a draft.
func parseList(name string) (spec.Reference, error) {
	ref, err := spec.ParseReference(name)
	if err == nil {
		ref, err = absolute(ref.WithDefaultTag())
	}
	if err != nil {
		return ref, usage(err)
	}
	if ref.Tag == "" {
		ref.Tag = "latest" // as for a push to a layout
	}
	return ref, nil
}

// absolute makes a path on disk absolute, so that a draft means the same in each working directory.
func absolute(ref spec.Reference) (spec.Reference, error) {
	var err error
	if ref.Place.Kind != spec.Registry {
		ref.Place.Path, err = filepath.Abs(ref.Place.Path)
	}
	return ref, err
}

// makeAbsolute does the same for all references of a spec.
func makeAbsolute(s *spec.Spec) error {
	target, err := absolute(listOf(*s))
	s.Targets[0].Place = target.Place
	for i := range s.Entries {
		e := &s.Entries[i]
		if err == nil {
			e.Source, err = absolute(e.Source)
		}
	}
	return err
}

// unchecked reads a draft with any platform. A push of the draft checks the platforms.
var unchecked = spec.Options{AllowUnknownPlatform: true}

// read reads the draft of a name.
func (f draftFolder) read(ref spec.Reference, o spec.Options) (draft, error) {
	d := draft{folder: f, list: ref}
	var err error
	if d.raw, err = f.readFile(fileName(ref)); errors.Is(err, fs.ErrNotExist) {
		return d, noDraftError{ref}
	} else if err != nil {
		return d, err
	}
	d.Spec, err = f.parse(d.raw, ref, o)
	return d, err
}

// has tells whether there is a draft of a name, valid or not.
func (f draftFolder) has(ref spec.Reference) bool {
	_, err := f.readFile(fileName(ref))
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

// parse parses the draft of a name, and checks that it is for that name.
func (f draftFolder) parse(raw []byte, ref spec.Reference, o spec.Options) (spec.Spec, error) {
	s, notes, err := spec.Load(f.path(ref), bytes.NewReader(raw), o)
	f.warn(notes...)
	if err == nil && listOf(s) != ref && !(o.ByDigest && listOf(s).Place == ref.Place) {
		err = usagef("%s is for %s, not for %s: push from-spec pushes it as it is", f.path(ref), listOf(s), ref)
	}
	return s, err
}

// list reads all drafts. A draft that is not valid is a warning. It also tells whether there are any files.
func (f draftFolder) list() (drafts []draftFile, found bool, err error) {
	names, err := f.fileNames()
	for _, name := range names {
		raw, err := f.readFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed just now
		}
		d := draftFile{path: filepath.Join(f.dir, name)}
		if err == nil {
			d.spec, _, err = spec.Load(d.path, bytes.NewReader(raw), unchecked)
		}
		if err != nil {
			f.warn(err.Error())
			continue
		}
		drafts = append(drafts, d)
	}
	return drafts, len(names) > 0, err
}

// draftText is the file of a draft.
func draftText(s spec.Spec) ([]byte, error) {
	return s.Write("made by manifest-tool create; it is a spec, so you may edit it, and push from-spec takes it too")
}
