package index

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Known is a platform without the words that say nothing, such as the unknown/unknown of BuildKit.
func Known(p *v1.Platform) v1.Platform {
	if p == nil {
		return v1.Platform{}
	}
	k := *p
	for _, word := range []*string{&k.OS, &k.Architecture} {
		if *word == "unknown" {
			*word = ""
		}
	}
	return k
}

// maxShown is how many bytes of a platform an error shows.
const maxShown = 200

// PlatformText is a platform with its features, for an error. A platform from outside may hold any
// text, but it stays in its line.
func PlatformText(p v1.Platform) string {
	s := p.String()
	if features := slices.Concat(p.OSFeatures, p.Features); len(features) > 0 {
		s += " (" + strings.Join(features, ", ") + ")"
	}
	if len(s) > maxShown {
		s = strings.ToValidUTF8(s[:maxShown], "") + "…"
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return strconv.Quote(s)
	}
	return s
}

// PlatformList is a list of platforms for an error. It has each platform once.
func PlatformList(platforms []v1.Platform) string {
	var words []string
	for _, p := range platforms {
		if word := PlatformText(p); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return cmp.Or(strings.Join(words, ", "), "none")
}
