package spec

import (
	"errors"
	"fmt"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A TagFilter is a pattern for tags, such as 1.* (see [path.Match]). The empty filter takes all tags.
type TagFilter string

// ParseTagFilter checks a pattern.
func ParseTagFilter(pattern string) (TagFilter, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return "", fmt.Errorf("tag filter %q: expected a pattern such as 1.* or v[0-9]*", pattern)
	}
	return TagFilter(pattern), nil
}

// Takes reports whether the pattern matches a tag.
func (f TagFilter) Takes(tag string) bool {
	matches, _ := path.Match(string(f), tag)
	return matches || f == ""
}

// ParseRepository parses the name of a repository, a layout or an archive, without a tag and a digest.
func ParseRepository(name string) (Place, error) {
	ref, err := ParseReference(name)
	if err == nil && ref != (Reference{Place: ref.Place}) {
		err = fmt.Errorf("image %q: expected the name of a repository, without a tag or a digest: %s", name, ref.Place)
	}
	return ref.Place, err
}

// parseTagOrName parses a word of the user that is a tag of a repository, or with / or : a whole name.
func parseTagOrName(word string, repository Place) (Reference, error) {
	if strings.ContainsAny(word, "/:") {
		return ParseReference(word)
	}
	return Reference{Place: repository, Tag: word}, CheckTag(word)
}

// FromTag makes a Spec that gives an image further names. Each name is a tag in the repository of the image, or with / or
// : a whole name with a tag.
func FromTag(source string, names []string) (Spec, error) {
	ref, err := ParseReference(source)
	if err != nil {
		return Spec{}, faults{{Text: err.Error()}}.err()
	}
	var faults faults
	ref = ref.WithDefaultTag()
	s := Spec{Entries: []Entry{{Source: ref}}}
	for _, name := range names {
		target, err := parseTagOrName(name, ref.Place)
		switch {
		case err != nil:
		case target.Place.Kind.IsArchive() && target.Place == ref.Place:
			err = fmt.Errorf("image %q: an archive cannot be changed: copy the image to another place", target)
		case target.Tag == "" && target.Digest == v1.Hash{}:
			err = fmt.Errorf("name %q: the tag is missing: %s:TAG", name, target)
		default:
			err = s.addTarget(target)
		}
		faults.add(err)
	}
	if len(names) == 0 {
		faults.add(errors.New("the new name is missing"))
	}
	_, err = s.setTags(nil, false)
	faults.add(err)
	return s, faults.err()
}
