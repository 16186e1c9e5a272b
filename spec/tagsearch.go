package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

// AutoPlatforms is the word for all platforms that the tags of a repository name.
const AutoPlatforms = "auto"

// A TagSearch is a spec whose images are still to be found among the tags of a repository.
type TagSearch struct {
	Place   Place
	Pattern tagpattern.Pattern
	spec    Spec
}

// IsAuto reports whether the platforms are those that the tags of a repository name.
func (args Args) IsAuto() bool { return slices.Contains(args.Platforms, AutoPlatforms) }

// SearchFromArgs makes the search for the images of a template. The notes are for the user to read.
func SearchFromArgs(args Args, opts Options) (search TagSearch, notes []string, err error) {
	s, names, notes, faults := args.withoutImages(opts)
	if len(args.Platforms) > 1 {
		faults.add(fmt.Errorf("platform %s stands alone: use it without other platforms, and --require for those that have to exist", AutoPlatforms))
	}
	if opts.KeepMissing {
		faults.add(fmt.Errorf("platform %s takes the images that exist: use --keep-missing with a list of platforms", AutoPlatforms))
	}
	search.Place, search.Pattern, err = parseTagTemplate(args.Template, names)
	faults.add(err)
	if err == nil && !search.Pattern.IsTemplate() {
		faults.add(fmt.Errorf("template %q: ARCH is missing: write it where the tags have the architecture, such as app:1.0-ARCH", args.Template))
	}
	search.spec = s
	return search, notes, faults.err()
}

// ParseTagPattern parses the name of an image whose tag is a template, or a tag that others extend. No tag means latest.
func ParseTagPattern(name string) (Place, tagpattern.Pattern, error) {
	return parseTagTemplate(name, nil)
}

// standIns stand for the placeholders of a template while it is parsed as a reference: a repository has no upper case.
var (
	standIns = strings.NewReplacer("VARIANT", "0variant0", "ARCH", "0arch0", "OS", "0os0")
	restored = strings.NewReplacer("0variant0", "VARIANT", "0arch0", "ARCH", "0os0", "OS")
)

func parseTagTemplate(template string, names tagpattern.Names) (Place, tagpattern.Pattern, error) {
	ref, err := ParseReference(standIns.Replace(template))
	if err != nil {
		if _, plain := ParseReference(template); plain != nil {
			err = plain // with the words of the user
		}
		return Place{}, tagpattern.Pattern{}, err
	}
	ref = ref.WithDefaultTag()
	switch place := ref.Place.String(); {
	case restored.Replace(place) != place:
		return ref.Place, tagpattern.Pattern{}, fmt.Errorf("template %q: OS, ARCH or VARIANT in the name of the repository cannot be found, because only the tags of one repository can be listed: list the platforms with --platforms", template)
	case ref.Digest != v1.Hash{}:
		return ref.Place, tagpattern.Pattern{}, fmt.Errorf("template %q: remove the digest, which names one image", template)
	}
	pattern, err := tagpattern.Parse(restored.Replace(ref.Tag), names)
	return ref.Place, pattern, err
}

// Targets are the places that the spec names as targets.
func (t TagSearch) Targets() []Place { return t.spec.Places() }

// With makes the spec of the tags that were found. Tags that are for a platform but do not fit the template are notes.
func (t TagSearch) With(tags []string) (s Spec, notes []string, err error) {
	found, _ := t.Pattern.Find(tags)
	if err := checkDistinct(t.Place, found); err != nil {
		return Spec{}, nil, &Error{Problems: []Problem{{Text: err.Error()}}}
	}
	s = t.spec
	for _, m := range found {
		s.Entries = append(s.Entries, Entry{Source: Reference{Place: t.Place, Tag: m.Tag}, Platform: m.Platform})
	}
	return s, t.Pattern.Others(tags), s.checkSize()
}

// checkDistinct returns an error that names the tags that are for one platform.
func checkDistinct(repository Place, found []tagpattern.Match) error {
	var faults []error
	for i, m := range found {
		if i > 0 && found[i-1].Same(m) {
			faults = append(faults, fmt.Errorf("%s and %s are both for %s", Reference{Place: repository, Tag: found[i-1].Tag}, Reference{Place: repository, Tag: m.Tag}, m))
		}
	}
	return errors.Join(faults...)
}

// PatternOf is the pattern of the tags that add words for a platform to a tag.
func PatternOf(tag string) (tagpattern.Pattern, error) {
	if err := CheckTag(tag); err != nil {
		return tagpattern.Pattern{}, err
	}
	return tagpattern.Of(tag), nil
}
