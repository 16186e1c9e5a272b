package spec

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

// Digests is a spec that build jobs leave behind: each has pushed an image by its digest, and hands that on.
type Digests struct {
	Inputs []Input
	// Repository is where the digests are that name none; empty is that of the first target.
	Repository string
	Targets    []string // one repository may be named more than once, with another tag
	Tags       []string
	// Names, if there is any, is the JSON of docker/metadata-action: see [actionOutput].
	Names *Input
}

// An Input is something that a job left behind: the content of a file, or a folder.
type Input struct {
	Name    string // as the user gave it
	Content []byte
	Folder  fs.FS
	// Image is an image by its tag, instead of a content.
	Image Reference
}

// MaxInput is how much of an input is looked at. A metadata file of buildx may hold all of the provenance.
const MaxInput = 16 << 20

// FromDigests makes a Spec of what build jobs left behind. For which platforms the images are, they say
// themselves. The notes are for the user to read, also beside an error.
func FromDigests(d Digests, opts Options) (s Spec, notes []string, err error) {
	var problems []Problem
	problem := func(err error) {
		if err != nil {
			problems = append(problems, Problem{Text: err.Error()})
		}
	}
	s = Spec{Type: cmp.Or(opts.Type, Auto)}
	for _, tag := range d.Tags {
		problem(CheckTag(tag))
	}
	targets, annotations, notes, err := d.targets(opts.ByDigest)
	problem(err)
	s.annotate(annotations)
	s.annotate(opts.Annotations)
	problem(s.checkType())
	for _, target := range targets {
		problem(s.addTarget(target))
	}
	more, err := s.setTags(d.Tags, opts.ByDigest)
	problem(err)
	notes = append(notes, more...)
	names, errs := tagpattern.ParseNames(opts.ArchNames, opts.AllowUnknownPlatform)
	problem(errors.Join(errs...))
	s.PlatformTags, err = s.platformTags(opts.PlatformTags, names)
	problem(err)
	repository, err := d.repository(targets)
	problem(err)

	r := &digestReader{strict: opts.Strict}
	problem(r.readAll(d.Inputs))
	s.Entries = append(r.entries(repository, targets), r.tagged...)
	notes = append(notes, r.notes...)
	if problems = append(problems, r.problems...); problems != nil {
		return Spec{}, notes, &Error{Problems: slices.Compact(problems)}
	}
	return s, notes, nil
}

// repository is where digests are that name none.
func (d Digests) repository(targets []Reference) (Place, error) {
	switch {
	case d.Repository != "":
		ref, err := ParseReference(d.Repository)
		if err == nil && (ref.Tag != "" || ref.Digest != v1.Hash{}) {
			err = fmt.Errorf("--repo %q: expected a repository without tag and digest", d.Repository)
		}
		return ref.Place, err
	case len(targets) > 0:
		return targets[0].Place, nil
	}
	return Place{}, nil // the missing target is reported already
}
