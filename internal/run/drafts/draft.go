package drafts

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Draft is a spec file in the folder of drafts. Its name, the list, is the reference that it is pushed to first.
type Draft struct {
	spec.Spec
	Folder Folder
	List   spec.Reference
	Raw    []byte
}

func (d Draft) path() string { return d.Folder.Path(d.List) }

// ListOf is the reference that a spec is pushed to first.
func ListOf(s spec.Spec) spec.Reference { return s.Names()[0] }

// ParseList parses the name of a draft.
func ParseList(name string) (spec.Reference, error) {
	ref, err := spec.ParseReference(name)
	if err == nil {
		ref, err = Absolute(ref.WithDefaultTag())
	}
	if err != nil {
		return ref, output.Usage(err)
	}
	if ref.Tag == "" {
		ref.Tag = "latest" // as for a push to a layout
	}
	return ref, nil
}

// Absolute makes a path on disk absolute, so that a draft means the same in each working directory.
func Absolute(ref spec.Reference) (spec.Reference, error) {
	var err error
	if ref.Place.Kind != spec.Registry {
		ref.Place.Path, err = filepath.Abs(ref.Place.Path)
	}
	return ref, err
}

// MakeAbsolute does the same for all references of a spec.
func MakeAbsolute(s *spec.Spec) error {
	target, err := Absolute(ListOf(*s))
	s.Targets[0].Place = target.Place
	for i := range s.Entries {
		e := &s.Entries[i]
		if err == nil {
			e.Source, err = Absolute(e.Source)
		}
	}
	return err
}

// Unchecked reads a draft with any platform. A push of the draft checks the platforms.
var Unchecked = spec.Options{AllowUnknownPlatform: true}

// Read reads the draft of a name.
func (f Folder) Read(ref spec.Reference, o spec.Options) (Draft, error) {
	d := Draft{Folder: f, List: ref}
	var err error
	if d.Raw, err = f.readFile(fileName(ref)); errors.Is(err, fs.ErrNotExist) {
		return d, f.NoDraft(ref)
	} else if err != nil {
		return d, err
	}
	d.Spec, err = f.parse(d.Raw, ref, o)
	return d, err
}

// Has reports whether a draft of a name exists, valid or not.
func (f Folder) Has(ref spec.Reference) bool {
	_, err := f.readFile(fileName(ref))
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

// parse parses the draft of a name, and checks that it is for that name.
func (f Folder) parse(raw []byte, ref spec.Reference, o spec.Options) (spec.Spec, error) {
	s, notes, err := spec.Load(f.Path(ref), bytes.NewReader(raw), o)
	f.warn(notes...)
	if err == nil && ListOf(s) != ref && !(o.ByDigest && ListOf(s).Place == ref.Place) {
		err = output.Usagef("%s is the draft of %s, not of %s: use push from-spec to push this file", f.Path(ref), ListOf(s), ref)
	}
	return s, err
}

// List reads all drafts. An invalid draft is a warning. It also returns whether the folder has any files.
func (f Folder) List() (drafts []output.DraftFile, found bool, err error) {
	names, err := f.fileNames()
	for _, name := range names {
		raw, err := f.readFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed just now
		}
		d := output.DraftFile{Path: filepath.Join(f.dir, name)}
		if err == nil {
			d.Spec, _, err = spec.Load(d.Path, bytes.NewReader(raw), Unchecked)
		}
		if err != nil {
			f.warn(err.Error())
			continue
		}
		drafts = append(drafts, d)
	}
	return drafts, len(names) > 0, err
}

// FileText is the file of a draft.
func FileText(s spec.Spec) ([]byte, error) {
	return s.Write("made by manifest-tool create; it is a spec, so you may edit it, and push from-spec takes it too")
}
