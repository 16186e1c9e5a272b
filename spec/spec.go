package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/nearest"
)

// MaxEntries is the limit of images in one spec.
const MaxEntries = 1000

// A Spec is one multi-platform image: its sources and its targets.
type Spec struct {
	Targets     []Target // each place once
	Type        Type
	Annotations map[string]string // of the index itself
	// ImageAnnotations are for the descriptors of images, beside those of the entries.
	ImageAnnotations []ImageAnnotation
	Entries          []Entry
	// KeepMissing keeps the image that the first target has for a platform if the source does not exist.
	KeepMissing bool
	// PlatformTags name the images of the index one by one, beside it.
	PlatformTags PlatformTags
	// Template is the template of from-args that the entries come from; empty without one.
	Template string
}

// A Target is a place that the image goes to, and what it is called there.
type Target struct {
	Place Place
	Tags  []string // in the order given, each once; none means by digest only
}

// Places are the repositories and folders that the spec names: the targets first, each once.
func (s Spec) Places() []Place {
	var places []Place
	for _, t := range s.Targets {
		places = append(places, t.Place)
	}
	for _, e := range s.Entries {
		if !slices.Contains(places, e.Source.Place) {
			places = append(places, e.Source.Place)
		}
	}
	return places
}

// Type says which of the two formats the result has.
type Type string

const (
	Auto   Type = "auto"   // a Docker list where everything in it is Docker's, else an OCI index
	Docker Type = "docker" // a Docker manifest list
	OCI    Type = "oci"    // an OCI image index
)

// ParseType parses the word of a type; no word is [Auto].
func ParseType(s string) (Type, error) {
	switch t := Type(s); t {
	case "":
		return Auto, nil
	case Auto, Docker, OCI:
		return t, nil
	}
	return "", fmt.Errorf("type %q: the types are auto, docker and oci%s", s, nearest.DidYouMean(s, "auto", "docker", "oci"))
}

// Options are what both ways to a Spec have in common.
type Options struct {
	// Strict makes errors of notes, such as an unknown key.
	Strict bool
	// AllowUnknownPlatform accepts an unknown operating system or architecture.
	AllowUnknownPlatform bool
	// ByDigest leaves out every tag.
	ByDigest bool
	// Type, if not empty, wins over the one in the file.
	Type Type
	// PlatformTags, if not empty, is the template that wins over the one in the file.
	PlatformTags string
	// KeepMissing keeps the image of the target if the source does not exist.
	KeepMissing bool
	// Annotations win over those in the file.
	Annotations Annotations
	// ArchNames says what ARCH (or ARCHVARIANT, for a key with a variant) is called in templates:
	// "amd64=x86_64", "arm/v7=arm32v7".
	ArchNames []string

	lint bool // find what only Lint reports, too
}

// A Problem is one fault of a spec, with its position.
type Problem struct {
	Line, Column int // from 1; 0 where unknown
	Text         string
	Rule         string // of a note: the rule of [Lint]
}

// An Error is everything that is wrong with a spec.
type Error struct {
	File     string // empty for arguments
	Problems []Problem
}

// Error gives a line for each problem: file:line:column: text.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.at(e.File)
	}
	return strings.Join(lines, "\n")
}

func (p Problem) at(file string) string {
	switch {
	case file == "":
		return p.Text
	case p.Line == 0:
		return fmt.Sprintf("%s: %s", file, p.Text)
	case p.Column == 0:
		return fmt.Sprintf("%s:%d: %s", file, p.Line, p.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", file, p.Line, p.Column, p.Text)
}

// sortedKeys is the keys of a map in an order that is always the same.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
