package output

import (
	"strings"

	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

// maxUnplaced is how many tags a warning names.
const maxUnplaced = 10

// WarnOfUnplaced names the tags near a pattern that do not fit.
func (p *Printer) WarnOfUnplaced(place spec.Place, pattern tagpattern.Pattern, tags []string) {
	if len(tags) == 0 {
		return
	}
	shown := tags[:min(len(tags), maxUnplaced)]
	text := strings.Join(shown, ", ")
	if more := len(tags) - len(shown); more > 0 {
		text += " and " + Count(more, "other")
	}
	what := "have other words than " + pattern.String() + " and a platform"
	if pattern.IsTemplate() {
		what = "do not fit " + pattern.String()
	}
	p.Warnf("tags of %s that %s are not in the spec: %s", place, what, text)
}

// SayFoundTags names the images that were found for a pattern, with their platforms.
func (p *Printer) SayFoundTags(pattern string, s spec.Spec) {
	var words []string
	for _, e := range s.Entries {
		words = append(words, e.Source.Tag+" ("+e.Platform.String()+")")
	}
	p.infof("found %s for %s: %s", Count(len(words), "tag"), pattern, strings.Join(words, ", "))
}
