package output

import (
	"strings"

	"github.com/manifest-tool/manifest-tool/spec"
)

// SayFoundTags names the images that were found for a pattern, with their platforms.
func (p *Printer) SayFoundTags(pattern string, s spec.Spec) {
	var words []string
	for _, e := range s.Entries {
		words = append(words, e.Source.Tag+" ("+e.Platform.String()+")")
	}
	p.infof("found %s for %s: %s", Count(len(words), "tag"), pattern, strings.Join(words, ", "))
}
