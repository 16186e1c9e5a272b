package spec

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

// A TagPattern finds tags that name a platform. It is a template such as 1.0-ARCH, or a tag such as 1.0, which stands
// for all tags that add words for a platform to it: 1.0-arm64v8, amd64-1.0, 1.0-nanoserver-ltsc2022-amd64.
type TagPattern struct {
	text  string
	parts []tagPart // of a template
	names archNames
}

// A tagPart is a part of a template: literal text, or placeholders with at most a separator between them.
type tagPart struct {
	literal           string
	os, arch, variant bool
}

func (p tagPart) isLiteral() bool { return p.literal != "" }

// placeholderForm is one or more placeholders with separators between them.
var placeholderForm = lazyregexp.New(`(?:VARIANT|ARCH|OS)(?:[-_.]?(?:VARIANT|ARCH|OS))*`)

// gluedForm are placeholders that a tag does not separate.
var gluedForm = lazyregexp.New(`OS(?:ARCH|VARIANT|OS)|ARCH(?:OS|ARCH)|VARIANT(?:OS|ARCH|VARIANT)`)

// parseTagPattern parses a tag, or the template of tags.
func parseTagPattern(text string, names archNames) (TagPattern, error) {
	p := TagPattern{text: text, names: names}
	at := 0
	for _, found := range placeholderForm().FindAllStringIndex(text, -1) {
		run := text[found[0]:found[1]]
		if glued := gluedForm().FindString(run); glued != "" {
			return p, fmt.Errorf("template %q: put a separator between the words of %s, so that they can be found in tags", cut(text), glued)
		}
		if at < found[0] {
			p.parts = append(p.parts, tagPart{literal: text[at:found[0]]})
		}
		p.parts = append(p.parts, tagPart{os: strings.Contains(run, "OS"), arch: strings.Contains(run, "ARCH"), variant: strings.Contains(run, "VARIANT")})
		at = found[1]
	}
	switch {
	case p.parts == nil:
		return p, nil
	case at < len(text):
		p.parts = append(p.parts, tagPart{literal: text[at:]})
	}
	if !slices.ContainsFunc(p.parts, func(part tagPart) bool { return part.arch }) {
		return p, fmt.Errorf("template %q: ARCH is missing, so the tags do not say the architecture", cut(text))
	}
	return p, nil
}

// IsTemplate reports whether the pattern has a placeholder.
func (p TagPattern) IsTemplate() bool { return p.parts != nil }

// Base is the tag without the words for a platform: 1.0. It is latest if nothing is left.
func (p TagPattern) Base() string {
	if !p.IsTemplate() {
		return p.text
	}
	var literals []string
	for _, part := range p.parts {
		if text := strings.Trim(part.literal, wordSeparators); text != "" {
			literals = append(literals, text)
		}
	}
	return cmp.Or(strings.Join(literals, "-"), "latest")
}

// Examples are tags that fit the pattern, for the two platforms that most images are for.
func (p TagPattern) Examples() []string {
	template := p.text
	if !p.IsTemplate() {
		template += "-ARCH"
	}
	var tags []string
	for _, architecture := range []string{"amd64", "arm64"} {
		tag := p.names.expand(template, v1.Platform{OS: "linux", Architecture: architecture})
		tags = append(tags, strings.TrimRight(tag, wordSeparators))
	}
	return tags
}

// String is the text that was parsed.
func (p TagPattern) String() string { return p.text }

// A TagMatch is a tag with the platform that the tag names.
type TagMatch struct {
	Tag      string
	Platform v1.Platform // without an architecture, if a tag such as 1.0-nanoserver names none
	build    string      // of Windows
	rank     int
}

// Match returns the platform that a tag names, if the tag fits the pattern.
func (p TagPattern) Match(tag string) (TagMatch, bool) {
	var words tagPlatform
	var ok bool
	if p.IsTemplate() {
		words, ok = p.matchParts(p.parts, tag, tagPlatform{})
	} else {
		words, ok = p.matchBase(tag)
	}
	if !ok {
		return TagMatch{}, false
	}
	platform, ok := words.platform()
	return TagMatch{Tag: tag, Platform: platform, build: words.build}, ok
}

// matchParts matches the rest of a tag with the parts of a template that are left.
func (p TagPattern) matchParts(parts []tagPart, rest string, before tagPlatform) (tagPlatform, bool) {
	switch {
	case len(parts) == 0:
		return before, rest == ""
	case parts[0].isLiteral():
		rest, ok := strings.CutPrefix(rest, parts[0].literal)
		if !ok {
			return before, false
		}
		return p.matchParts(parts[1:], rest, before)
	}
	for end := len(rest); end > 0; end-- {
		if len(parts) > 1 && !strings.HasPrefix(rest[end:], parts[1].literal) || len(parts) == 1 && end < len(rest) {
			continue
		}
		words, ok := parseTagPlatform(rest[:end], p.names)
		if !ok || !parts[0].fits(words) {
			continue
		}
		all := before
		if !all.merge(words) {
			continue
		}
		if all, ok := p.matchParts(parts[1:], rest[end:], all); ok {
			return all, true
		}
	}
	return before, false
}

// fits reports whether words are those that placeholders stand for. ARCH stands for the variant too, as in armv7.
func (p tagPart) fits(w tagPlatform) bool {
	switch {
	case p.os != (w.os != "" || w.build != ""), p.arch != (w.architecture != ""):
		return false
	}
	return w.variant == "" || p.arch || p.variant
}

// matchBase matches a tag that adds words to the base.
func (p TagPattern) matchBase(tag string) (tagPlatform, bool) {
	for before, after := range p.around(tag) {
		var words tagPlatform
		ok := true
		for _, text := range []string{before, after} {
			if text != "" {
				more, known := parseTagPlatform(text, p.names)
				ok = ok && known && words.merge(more)
			}
		}
		if ok {
			return words, true
		}
	}
	return tagPlatform{}, false
}

// around finds the base in a tag, between separators, and gives the text on its two sides.
func (p TagPattern) around(tag string) func(yield func(before, after string) bool) {
	return func(yield func(before, after string) bool) {
		for i := 0; p.text != "" && i+len(p.text) <= len(tag); i++ {
			before, rest := tag[:i], tag[i:]
			after, ok := strings.CutPrefix(rest, p.text)
			isOpen := (before == "" || strings.ContainsAny(before[i-1:], wordSeparators)) && (after == "" || strings.ContainsAny(after[:1], wordSeparators))
			if !ok || !isOpen || before == "" && after == "" {
				continue
			}
			if !yield(before[:max(0, i-1)], after[min(1, len(after)):]) {
				return
			}
		}
	}
}

// IsNear reports whether a tag adds any words to the base, so that a user may expect it among the tags that match.
func (p TagPattern) IsNear(tag string) bool {
	base := TagPattern{text: p.Base()}
	for range base.around(tag) {
		return !strings.HasPrefix(tag, base.text+".") && !IsAboutImage(tag) // 1.0.1 is another version
	}
	return false
}

// Find returns the tags that fit the pattern, in the order of their platforms: common platforms first. It also returns
// the tags near the pattern that do not fit, in the order given.
func (p TagPattern) Find(tags []string) (found []TagMatch, unplaced []string) {
	for _, tag := range tags {
		if m, ok := p.Match(tag); ok {
			found = append(found, m)
		} else if p.IsNear(tag) {
			unplaced = append(unplaced, tag)
		}
	}
	ranks := map[string]int{}
	for i := range found {
		key := found[i].key()
		if _, ok := ranks[key]; !ok {
			ranks[key] = rank(found[i].Platform)
		}
		found[i].rank = ranks[key]
	}
	slices.SortStableFunc(found, func(a, b TagMatch) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.key(), b.key()),
			cmp.Compare(a.spelling(), b.spelling()), compareNatural(a.Tag, b.Tag), cmp.Compare(a.Tag, b.Tag))
	})
	return found, unplaced
}

// rank is the place of a platform among those that are known.
func rank(p v1.Platform) int {
	known := KnownPlatforms()
	at := slices.IndexFunc(known, func(word string) bool {
		k, err := ParsePlatform(word)
		return err == nil && Exact(k, p)
	})
	if at < 0 {
		return len(known)
	}
	return at
}

// key is the same text for two tags for the same platform.
func (m TagMatch) key() string {
	return strings.Join([]string{m.Platform.OS, m.Platform.Architecture, variant(m.Platform), m.build}, "/")
}

// spelling is 0 for a tag with the name of the architecture that images have, and 1 for an alias such as x86_64.
func (m TagMatch) spelling() int {
	if strings.Contains(m.Tag, m.Platform.Architecture) {
		return 0
	}
	return 1
}

// String is the platform of the tag.
func (m TagMatch) String() string {
	if m.Platform.Architecture == "" {
		return m.Platform.OS
	}
	return m.Platform.String()
}

// Same reports whether two tags are for the same platform, as far as the tags say it.
func (m TagMatch) Same(o TagMatch) bool { return m.key() == o.key() }

// CheckDistinct returns an error that names the tags that are for one platform.
func CheckDistinct(repository Place, found []TagMatch) error {
	var faults []error
	for i, m := range found {
		if i > 0 && found[i-1].Same(m) {
			faults = append(faults, fmt.Errorf("%s and %s are both for %s", Reference{Place: repository, Tag: found[i-1].Tag}, Reference{Place: repository, Tag: m.Tag}, m))
		}
	}
	return errors.Join(faults...)
}
