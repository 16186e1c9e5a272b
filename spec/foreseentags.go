package spec

import (
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// unknown stands for a word of a template whose value depends on the image.
const unknown = "\x00"

// A tagPattern is what is known of a tag before its image is read: how it begins, and how it ends.
type tagPattern struct{ prefix, suffix string }

func (p tagPattern) matches(tag string) bool {
	return len(tag) >= len(p.prefix)+len(p.suffix) && strings.HasPrefix(tag, p.prefix) && strings.HasSuffix(tag, p.suffix)
}

// foresee returns the tags that an entry of a spec gets beside an index with the given tags, as far as the entry says its
// platform, and patterns of the others.
func (t PlatformTags) foresee(tags []string, e Entry) (known []string, patterns []tagPattern) {
	for _, tag := range t.For(tags, t.withUnknown(e)) {
		first := strings.Index(tag, unknown)
		if first < 0 {
			known = append(known, tag)
			continue
		}
		// hyphens disappear at the end of a tag if what follows is empty
		p := tagPattern{strings.TrimRight(tag[:first], "-_."), strings.TrimRight(tag[strings.LastIndex(tag, unknown)+1:], "-_.")}
		if !slices.Contains(patterns, p) {
			patterns = append(patterns, p)
		}
	}
	return known, patterns
}

// withUnknown is the platform of an entry, with a mark in each field that the image fills in.
func (t PlatformTags) withUnknown(e Entry) v1.Platform {
	p := e.Platform
	for _, field := range []*string{&p.OS, &p.Architecture, &p.Variant} {
		if *field == "" {
			*field = unknown
		}
	}
	if p.OSVersion == "" && !slices.Contains(e.Empty, keyOSVersion) {
		p.OSVersion = unknown
	}
	if e.Platform.Variant == "" && t.names.HasVariantOf(p.Architecture) {
		p.Architecture = unknown
	}
	return p
}

// A placedPattern is a pattern of the tags that a spec makes in a place.
type placedPattern struct {
	place *Place
	tagPattern
}

// patternIndex finds the specs whose patterns match a tag, by the beginnings of the tag.
type patternIndex map[TagKey][]patternUse

type patternUse struct {
	number int
	suffix string
}

func (x patternIndex) add(number int, patterns []placedPattern) {
	for _, p := range patterns {
		key := Reference{Place: *p.place, Tag: p.prefix}.Key()
		x[key] = append(x[key], patternUse{number, p.suffix})
	}
}

// match returns the numbers of the specs that may make the tag of a reference.
func (x patternIndex) match(ref Reference) (numbers []int) {
	if len(x) == 0 || ref == (Reference{}) {
		return nil
	}
	for n := range len(ref.Tag) + 1 {
		for _, use := range x[Reference{Place: ref.Place, Tag: ref.Tag[:n]}.Key()] {
			p := tagPattern{ref.Tag[:n], use.suffix}
			if p.matches(ref.Tag) && !slices.Contains(numbers, use.number) {
				numbers = append(numbers, use.number)
			}
		}
	}
	return numbers
}
