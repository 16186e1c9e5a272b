// Package tagpattern finds the tags that name a platform, such as 1.0-arm64v8, and the platform that each tag names.
package tagpattern

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
	"github.com/manifest-tool/manifest-tool/internal/nearest"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// A Pattern finds tags that name a platform. It is a template such as 1.0-ARCH, or a tag such as 1.0, which stands
// for all tags that add words for a platform to it: 1.0-arm64v8, amd64-1.0, 1.0-nanoserver-ltsc2022-amd64.
type Pattern struct {
	text  string
	parts []part // of a template
	names Names
}

// A part is a part of a template: literal text, or placeholders with at most a separator between them.
type part struct {
	literal           string
	os, arch, variant bool
}

func (p part) isLiteral() bool { return p.literal != "" }

// placeholderForm is one or more placeholders with separators between them.
var placeholderForm = lazyregexp.New(`(?:VARIANT|ARCH|OS)(?:[-_.]?(?:VARIANT|ARCH|OS))*`)

// gluedForm are placeholders that a tag does not separate.
var gluedForm = lazyregexp.New(`OS(?:ARCH|VARIANT|OS)|ARCH(?:OS|ARCH)|VARIANT(?:OS|ARCH|VARIANT)`)

// Of is the pattern of the tags that add words for a platform to a tag.
func Of(tag string) Pattern { return Pattern{text: tag} }

// Parse parses a tag, or the template of tags.
func Parse(text string, names Names) (Pattern, error) {
	p := Pattern{text: text, names: names}
	at := 0
	for _, found := range placeholderForm().FindAllStringIndex(text, -1) {
		run := text[found[0]:found[1]]
		if glued := gluedForm().FindString(run); glued != "" {
			return p, fmt.Errorf("template %q: put a separator between the words of %s, so that they can be found in tags", excerpt.Of(text), glued)
		}
		if at < found[0] {
			p.parts = append(p.parts, part{literal: text[at:found[0]]})
		}
		p.parts = append(p.parts, part{os: strings.Contains(run, "OS"), arch: strings.Contains(run, "ARCH"), variant: strings.Contains(run, "VARIANT")})
		at = found[1]
	}
	switch {
	case p.parts == nil:
		return p, nil
	case at < len(text):
		p.parts = append(p.parts, part{literal: text[at:]})
	}
	if !slices.ContainsFunc(p.parts, func(part part) bool { return part.arch }) {
		return p, fmt.Errorf("template %q: ARCH is missing, so the tags do not say the architecture", excerpt.Of(text))
	}
	return p, nil
}

// IsTemplate reports whether the pattern has a placeholder.
func (p Pattern) IsTemplate() bool { return p.parts != nil }

// Base is the tag without the words for a platform: 1.0. It is latest if nothing is left.
func (p Pattern) Base() string {
	if !p.IsTemplate() {
		return p.text
	}
	var literals []string
	for _, part := range p.parts {
		if text := strings.Trim(part.literal, separators); text != "" {
			literals = append(literals, text)
		}
	}
	return cmp.Or(strings.Join(literals, "-"), "latest")
}

// Examples are tags that fit the pattern, for the two platforms that most images are for.
func (p Pattern) Examples() []string {
	template := p.text
	if !p.IsTemplate() {
		template += "-ARCH"
	}
	var tags []string
	for _, architecture := range []string{"amd64", "arm64"} {
		tag := p.names.Expand(template, v1.Platform{OS: "linux", Architecture: architecture})
		tags = append(tags, strings.TrimRight(tag, separators))
	}
	return tags
}

// String is the text that was parsed.
func (p Pattern) String() string { return p.text }

// A Match is a tag with the platform that the tag names.
type Match struct {
	Tag      string
	Platform v1.Platform // without an architecture, if a tag such as 1.0-nanoserver names none
	build    string      // of Windows
	rank     int
}

// Match returns the platform that a tag names, if the tag fits the pattern.
func (p Pattern) Match(tag string) (Match, bool) {
	var w words
	var ok bool
	if p.IsTemplate() {
		w, ok = p.matchParts(p.parts, tag, words{})
	} else {
		w, ok = p.matchBase(tag)
	}
	if !ok {
		return Match{}, false
	}
	platform, ok := w.platform()
	return Match{Tag: tag, Platform: platform, build: w.build}, ok
}

// matchParts matches the rest of a tag with the parts of a template that are left.
func (p Pattern) matchParts(parts []part, rest string, before words) (words, bool) {
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
		words, ok := parseWords(rest[:end], p.names)
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
func (p part) fits(w words) bool {
	switch {
	case p.os != (w.os != "" || w.build != ""), p.arch != (w.architecture != ""):
		return false
	}
	return w.variant == "" || p.arch || p.variant
}

// matchBase matches a tag that adds words to the base.
func (p Pattern) matchBase(tag string) (words, bool) {
	for before, after := range p.around(tag) {
		var words words
		ok := true
		for _, text := range []string{before, after} {
			if text != "" {
				more, known := parseWords(text, p.names)
				ok = ok && known && words.merge(more)
			}
		}
		if ok {
			return words, true
		}
	}
	return words{}, false
}

// around finds the base in a tag, between separators, and gives the text on its two sides.
func (p Pattern) around(tag string) func(yield func(before, after string) bool) {
	return func(yield func(before, after string) bool) {
		for i := 0; p.text != "" && i+len(p.text) <= len(tag); i++ {
			before, rest := tag[:i], tag[i:]
			after, ok := strings.CutPrefix(rest, p.text)
			isOpen := (before == "" || strings.ContainsAny(before[i-1:], separators)) && (after == "" || strings.ContainsAny(after[:1], separators))
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
func (p Pattern) IsNear(tag string) bool {
	base := Pattern{text: p.Base()}
	for range base.around(tag) {
		return !strings.HasPrefix(tag, base.text+".") // 1.0.1 is another version
	}
	return false
}

// Find returns the tags that fit the pattern, in the order of their platforms: common platforms first. It also returns
// the tags near the pattern that do not fit, in the order given.
func (p Pattern) Find(tags []string) (found []Match, unplaced []string) {
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
	slices.SortStableFunc(found, func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.key(), b.key()),
			cmp.Compare(a.spelling(), b.spelling()), nearest.CompareNatural(a.Tag, b.Tag), cmp.Compare(a.Tag, b.Tag))
	})
	return found, unplaced
}

// rank is the place of a platform among those that are known.
func rank(p v1.Platform) int {
	known := platforms.Known()
	at := slices.IndexFunc(known, func(word string) bool {
		k, err := platforms.Parse(word)
		return err == nil && platforms.Exact(k, p)
	})
	if at < 0 {
		return len(known)
	}
	return at
}

// key is the same text for two tags for the same platform.
func (m Match) key() string {
	return strings.Join([]string{m.Platform.OS, m.Platform.Architecture, platforms.Variant(m.Platform), m.build}, "/")
}

// spelling is 0 for a tag with the name of the architecture that images have, and 1 for an alias such as x86_64.
func (m Match) spelling() int {
	if strings.Contains(m.Tag, m.Platform.Architecture) {
		return 0
	}
	return 1
}

// String is the platform of the tag.
func (m Match) String() string {
	if m.Platform.Architecture == "" {
		return m.Platform.OS
	}
	return m.Platform.String()
}

// Same reports whether two tags are for the same platform, as far as the tags say it.
func (m Match) Same(o Match) bool { return m.key() == o.key() }

// maxOthers is how many tags a note names.
const maxOthers = 5

// Others is a note that names the tags that are for a platform of the same base, but do not fit the template.
func (p Pattern) Others(tags []string) (notes []string) {
	wider := Pattern{text: p.Base(), names: p.names}
	var words []string
	for _, tag := range tags {
		_, fits := p.Match(tag)
		if m, ok := wider.Match(tag); ok && !fits {
			words = append(words, fmt.Sprintf("%s (%s)", tag, m))
		}
	}
	slices.Sort(words)
	switch n := len(words); {
	case n == 0:
		return nil
	case n > maxOthers:
		words = append(words[:maxOthers], fmt.Sprintf("%d more", n-maxOthers))
	}
	return append(notes, fmt.Sprintf("tags that do not fit the template %s are not used: %s", p, strings.Join(words, ", ")))
}
