package output

import (
	"strings"

	"github.com/manifest-tool/manifest-tool/spec"
)

// maxUnplaced is how many tags a warning names.
const maxUnplaced = 10

// WarnOfUnplaced names the tags that look like those of images for platforms, but name no platform.
func (p *Printer) WarnOfUnplaced(place spec.Place, tags []string) {
	if len(tags) == 0 {
		return
	}
	shown := tags[:min(len(tags), maxUnplaced)]
	text := strings.Join(shown, ", ")
	if more := len(tags) - len(shown); more > 0 {
		text += " and " + Count(more, "other")
	}
	p.Warnf("tags of %s that name no platform are not in the spec: %s", place, text)
}

// SayFoundTags names the images that were found for a pattern, with their platforms.
func (p *Printer) SayFoundTags(pattern string, s spec.Spec) {
	var words []string
	for _, e := range s.Entries {
		words = append(words, e.Source.Tag+" ("+e.Platform.String()+")")
	}
	p.infof("found %s for %s: %s", Count(len(words), "tag"), pattern, strings.Join(words, ", "))
}
