package spec

import (
	"slices"
	"strings"
)

// A Subject is an argument of the commands that only read: an image, the file of a spec, or a draft. Exactly one of the
// fields beside the word is set.
type Subject struct {
	Word  string    // as the user wrote it
	Image Reference // with the default tag
	File  string    // a spec, or for some commands a folder of specs; - is stdin
	Draft string    // the name of a draft
}

// The prefixes that name a spec or a draft, for names that look like something else.
const (
	specPrefix  = "spec:"
	draftPrefix = "draft:"
)

// specSuffixes are the ends of the names of specs. The name decides, and not whether such a file exists. An image whose
// repository ends so is written with its tag: app.yaml:latest.
var specSuffixes = []string{".yaml", ".yml", ".json", ".tmpl"}

// ParseSubject parses such an argument. A word that is no prefix, no stdin and no name of a spec file is an image.
func ParseSubject(word string) (Subject, error) {
	s := Subject{Word: word}
	if name, ok := strings.CutPrefix(word, draftPrefix); ok && name != "" {
		s.Draft = name
		return s, nil
	}
	if name, ok := strings.CutPrefix(word, specPrefix); ok && name != "" {
		s.File = name
		return s, nil
	}
	ends := func(suffix string) bool { return strings.HasSuffix(word, suffix) }
	if word == "-" || isPath(word) || slices.ContainsFunc(specSuffixes, ends) && !isOnDisk(word) {
		s.File = word
		return s, nil
	}
	ref, err := ParseReference(word)
	if err == nil {
		s.Image = ref.WithDefaultTag()
	}
	return s, err
}

// isPath reports whether a word is a path and can be nothing else. It is a spec, or a folder of specs.
func isPath(word string) bool {
	for _, prefix := range []string{"/", "./", "../"} {
		if strings.HasPrefix(word, prefix) {
			return true
		}
	}
	return word == "." || word == ".." || len(word) > 1 && strings.HasSuffix(word, "/")
}

// isOnDisk reports whether a word names a layout or an archive.
func isOnDisk(word string) bool {
	ref, err := ParseReference(word)
	return err == nil && ref.Place.Kind != Registry
}
