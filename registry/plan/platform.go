package plan

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// platformOf is what the index will say about an image: what the entry says, what is missing from
// the source's index, then from the config.
func PlatformOf(e spec.Entry, image Node) v1.Platform {
	platform := e.Platform
	for _, source := range []v1.Platform{Known(image.Descriptor.Platform), Known(&image.Config)} {
		source = spec.Normalise(source)
		inherit(&platform, source)
	}
	return platform
}

// platform is platformOf, if it is a platform that an index can name.
func (p *planner) platform(e spec.Entry, image Node) (v1.Platform, error) {
	platform := PlatformOf(e, image)
	if platform.OS == "" || platform.Architecture == "" {
		return platform, registry.Errorf(registry.ErrInvalid, "%s (%s) does not say for which platform it is: give os and architecture",
			e.Source, image.Descriptor.Digest)
	}
	given := spec.CheckPlatform(e.Platform) // what the user lets pass
	if err := spec.CheckPlatform(platform); err != nil && given == nil {
		if err := p.warnOrFail("%s says of itself: %w", e.Source, err); err != nil {
			return platform, err
		}
	}
	actual := Known(&image.Config)
	actual.OSFeatures = nil // a config may name more than an index has to
	if !spec.Matches(actual, platform) && actual.OS != "" {
		return platform, p.mismatch("%s is listed for %s, but its config says %s", e.Source, Describe(platform), Describe(spec.Normalise(actual)))
	}
	return platform, nil
}

// mismatch is an image that is not what it is listed as. Specs have always been let through with that; who
// wants to be strict, and whoever edits, has to allow it.
func (p *planner) mismatch(format string, args ...any) error {
	switch {
	case p.options.AllowMismatch:
		p.note(format, args...)
		return nil
	case p.editing:
		return registry.Errorf(registry.ErrUnverified, format+" (--allow-platform-mismatch lets it pass)", args...)
	}
	return p.warnOrFail(format, args...)
}

// inherit fills in what a platform leaves out. The variant of another architecture does not count.
func inherit(platform *v1.Platform, source v1.Platform) {
	fill(&platform.OS, source.OS)
	fill(&platform.Architecture, source.Architecture)
	if platform.Architecture == source.Architecture {
		fill(&platform.Variant, source.Variant)
	}
	if platform.OS == source.OS {
		fill(&platform.OSVersion, source.OSVersion)
		if len(platform.OSFeatures) == 0 {
			platform.OSFeatures = source.OSFeatures
		}
	}
}

func fill(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// describe is a platform with its features, for a message. What a source says of itself may hold
// anything, but not the end of a line.
func Describe(p v1.Platform) string {
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

// maxShown is how much of a platform is shown.
const maxShown = 200

// known is a platform without the words that say nothing, such as the unknown/unknown of BuildKit.
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

// matches is [spec.Matches], but an image's features need not be named in its index.
func Matches(want, have v1.Platform) bool {
	want.Features = nil
	return spec.Matches(want, have)
}

// exactlyOne is what is wrong with another number of images for a platform.
func ExactlyOne(n int, want v1.Platform, there []string) error {
	holds := cmp.Or(strings.Join(there, ", "), "none")
	switch n {
	case 1:
		return nil
	case 0:
		return registry.Errorf(registry.ErrNotFound, "the index holds no image for %s; it holds %s", Describe(want), holds)
	}
	return registry.Errorf(registry.ErrNotFound, "%d images of the index fit %s; it holds %s", n, Describe(want), holds)
}
