package spec

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec/platforms"
	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

// FromMembers makes a Spec of the target and the images to assemble (see [ParseMember]). A name without a tag means
// "latest". The notes are for the user.
func FromMembers(list string, members []string, opts Options) (s Spec, notes []string, err error) {
	var problems []Problem
	problem := func(err error) {
		if err != nil {
			problems = append(problems, Problem{Text: err.Error()})
		}
	}
	s = Spec{Type: cmp.Or(opts.Type, Auto), KeepMissing: opts.KeepMissing}
	s.annotate(opts.Annotations)
	problem(s.checkType())
	target, err := ParseReference(list)
	if problem(err); err == nil {
		problem(s.addTarget(target.WithDefaultTag()))
	}
	notes, err = s.setTags(nil, opts.ByDigest)
	problem(err)
	names, errs := tagpattern.ParseNames(opts.ArchNames, opts.AllowUnknownPlatform)
	for _, err := range errs {
		problem(err)
	}
	s.PlatformTags, err = s.platformTags(opts.PlatformTags, names)
	problem(err)
	for _, member := range members {
		source, err := ParseMember(member, target.Place)
		problem(err)
		once := func(e Entry) bool { return e.Source == source }
		if !slices.ContainsFunc(s.Entries, once) {
			s.Entries = append(s.Entries, Entry{Source: source})
		}
	}
	problem(s.checkSize())
	if problems != nil {
		return Spec{}, nil, &Error{Problems: slices.Compact(problems)}
	}
	return s, notes, nil
}

// ParseMember parses the name of an image to assemble. A digest without a repository is an image in the place of
// the index. A name on a registry without tag and digest has the tag "latest".
func ParseMember(s string, index Place) (Reference, error) {
	if hash, err := parseDigest(s); err == nil {
		return Reference{Place: index, Digest: hash}, nil
	}
	ref, err := ParseReference(s)
	return ref.WithDefaultTag(), err
}

func (s Spec) checkSize() error {
	if len(s.Entries) > MaxEntries {
		return fmt.Errorf("%d images; the limit is %d", len(s.Entries), MaxEntries)
	}
	return nil
}

// Members are the sources of the spec, each once, in their order.
func (s Spec) Members() []Reference {
	var members []Reference
	for _, e := range s.Entries {
		if !slices.Contains(members, e.Source) {
			members = append(members, e.Source)
		}
	}
	return members
}

// Unpinned is what the reference was before its tag was resolved.
func (r Reference) Unpinned() Reference {
	if r.Tag != "" {
		r.Digest = v1.Hash{}
	}
	return r
}

// Amend adds the images of another spec. An image that both specs name is replaced only if its tag has moved, and
// keeps its settings. The notes report such images.
func (s Spec) Amend(more Spec) (Spec, []string, error) {
	var notes []string
	s.Entries = slices.Clone(s.Entries)
	for _, member := range more.Members() {
		fresh, old := entriesOf(more.Entries, member), entriesOf(s.Entries, member)
		switch {
		case len(old) == 0:
			s.Entries = append(s.Entries, fresh...)
		case old[0].Source != member:
			note := fmt.Sprintf("%s has moved from %s to %s", member.Unpinned(), old[0].Source.Digest, member.Digest)
			if len(old) > 1 || len(fresh) > 1 {
				note += ", which is for " + platformsOf(fresh)
			}
			notes = append(notes, note)
			at := slices.IndexFunc(s.Entries, isOf(member))
			rest := slices.DeleteFunc(s.Entries, isOf(member))
			s.Entries = slices.Insert(rest, at, carry(old, fresh)...)
		}
	}
	if more.Type != Auto {
		s.Type = more.Type
	}
	s.annotate(Annotations{Index: more.Annotations})
	return s, notes, errors.Join(s.checkSize(), s.checkType())
}

// isOf returns a function that reports whether an entry is for a member, whatever its tag held.
func isOf(member Reference) func(Entry) bool {
	return func(e Entry) bool { return e.Source.Unpinned() == member.Unpinned() }
}

func entriesOf(entries []Entry, member Reference) []Entry {
	isOther := func(e Entry) bool { return !isOf(member)(e) }
	return slices.DeleteFunc(slices.Clone(entries), isOther)
}

func platformsOf(entries []Entry) string {
	words := make([]string, len(entries))
	for i, e := range entries {
		words[i] = cmp.Or(e.platformWord(), "all its platforms")
	}
	return strings.Join(words, ", ")
}

// carry gives new images the settings of the old images for the same platforms.
func carry(old, fresh []Entry) []Entry {
	for i := range fresh {
		f := &fresh[i]
		said := slices.DeleteFunc(slices.Clone(old), func(o Entry) bool {
			return (len(old) > 1 || len(fresh) > 1) && !sameMachine(o.Platform, f.Platform)
		})
		if len(said) != 1 {
			continue
		}
		// these change with each build for Windows, where the image says them
		version, features := f.Platform.OSVersion, f.Platform.OSFeatures
		f.Platform, f.Annotations = said[0].Platform, said[0].Annotations
		f.Empty, f.NoPlatform = said[0].Empty, said[0].NoPlatform
		f.Platform.OSVersion = cmp.Or(version, f.Platform.OSVersion)
		if len(features) > 0 {
			f.Platform.OSFeatures = features
		}
		f.Platform = f.ClearEmpty(f.Platform)
	}
	return fresh
}

func sameMachine(a, b v1.Platform) bool {
	a.OSVersion, a.OSFeatures, a.Features = b.OSVersion, b.OSFeatures, b.Features
	return platforms.Equivalent(a, b)
}

// A MemberError concerns an image that a spec does not name, or that has several entries in it.
type MemberError struct {
	Member  Reference
	Entries []Entry // that there are to choose from
	Several bool    // whether they are all for the member
}

func (e *MemberError) Error() string {
	text := fmt.Sprintf("%s is not in the draft; the draft has", e.Member)
	if e.Several {
		text = fmt.Sprintf("%s is an index of several images: select one with --os and --arch", e.Member)
	}
	for _, entry := range e.Entries {
		text += fmt.Sprintf("\n  %s %s", entry.Source, entry.platformWord())
	}
	return strings.TrimRight(text, " ")
}

// Annotate changes what the spec says of a member: the fields of the platform that are given, the annotations,
// and the fields that are empty on purpose from now on (see [Entry.Empty]). Features of the os are added to those
// that the spec names.
func (s *Spec) Annotate(member Reference, p v1.Platform, annotations map[string]string, empty ...string) error {
	e, err := s.entry(member, v1.Platform{OS: p.OS, Architecture: p.Architecture})
	if err != nil {
		return err
	}
	if e.NoPlatform {
		e.NoPlatform = p.Equals(v1.Platform{}) && len(empty) == 0
	}
	e.Platform = override(e.Platform, p)
	e.dropEmpty()
	if err := e.setEmpty(empty...); err != nil {
		return err
	}
	if len(annotations) > 0 && e.Annotations == nil {
		e.Annotations = map[string]string{}
	}
	maps.Copy(e.Annotations, annotations)
	return s.checkType()
}

// EntriesFor returns the entries of a member: several where the member is an index. Without an entry, the error
// is a [MemberError].
func (s Spec) EntriesFor(member Reference) ([]Entry, error) {
	isOther := func(e Entry) bool { return !e.isFor(member) }
	entries := slices.DeleteFunc(slices.Clone(s.Entries), isOther)
	if len(entries) == 0 {
		return nil, &MemberError{Member: member, Entries: s.Entries}
	}
	return entries, nil
}

// isFor reports whether the entry is for a member. A member with a digest is compared by digest.
func (e Entry) isFor(member Reference) bool {
	if e.Source.Place != member.Place {
		return false
	}
	if member.Digest != (v1.Hash{}) {
		return e.Source.Digest == member.Digest
	}
	return e.Source.Tag == member.Tag
}

// entry finds the one entry that is for a member: for a platform, where the member is an index.
func (s *Spec) entry(member Reference, want v1.Platform) (*Entry, error) {
	var found, fitting, exact []*Entry
	for i := range s.Entries {
		e := &s.Entries[i]
		if !e.isFor(member) {
			continue
		}
		if found = append(found, e); platforms.Matches(want, e.Platform) {
			fitting = append(fitting, e)
		}
		if platforms.Exact(want, e.Platform) {
			exact = append(exact, e)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(exact) == 1: // as for all that picks by a platform
		return exact[0], nil
	case len(fitting) == 1:
		return fitting[0], nil
	case len(found) == 0:
		return nil, &MemberError{Member: member, Entries: s.Entries}
	}
	several := &MemberError{Member: member, Several: true}
	for _, e := range found {
		several.Entries = append(several.Entries, *e)
	}
	return nil, several
}

// override sets the fields that are given, and adds features of the os. The fields of another os or architecture
// do not stay.
func override(p, given v1.Platform) v1.Platform {
	if given.OS != "" && given.OS != p.OS {
		p.OS, p.OSVersion, p.OSFeatures = given.OS, "", nil
	}
	if given.Architecture != "" && given.Architecture != p.Architecture {
		p.Architecture, p.Variant = given.Architecture, ""
	}
	p.Variant = cmp.Or(given.Variant, p.Variant)
	p.OSVersion = cmp.Or(given.OSVersion, p.OSVersion)
	p.OSFeatures = slices.Clone(p.OSFeatures)
	for _, feature := range given.OSFeatures {
		if !slices.Contains(p.OSFeatures, feature) {
			p.OSFeatures = append(p.OSFeatures, feature)
		}
	}
	return platforms.Normalise(p)
}
