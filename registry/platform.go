package registry

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// platformOf is what the index will say about an image: what the entry says, what is missing from
// the source's index, then from the config.
func platformOf(e spec.Entry, image Image) v1.Platform {
	platform := e.Platform
	for _, source := range []v1.Platform{known(image.Descriptor.Platform), known(&image.Config)} {
		source = spec.Normalise(source)
		inherit(&platform, source)
	}
	return platform
}

// platform is platformOf, if it is a platform that an index can name.
func (p *planner) platform(e spec.Entry, image Image) (v1.Platform, error) {
	platform := platformOf(e, image)
	if platform.OS == "" || platform.Architecture == "" {
		return platform, Errorf(ErrInvalid, "%s (%s) does not say for which platform it is: give os and architecture",
			e.Source, image.Descriptor.Digest)
	}
	given := spec.CheckPlatform(e.Platform) // what the user lets pass
	if err := spec.CheckPlatform(platform); err != nil && given == nil {
		if err := p.doubt("%s says of itself: %w", e.Source, err); err != nil {
			return platform, err
		}
	}
	actual := known(&image.Config)
	actual.OSFeatures = nil // a config may name more than an index has to
	if !spec.Matches(actual, platform) && actual.OS != "" {
		return platform, p.mismatch("%s is listed for %s, but its config says %s", e.Source, describe(platform), describe(spec.Normalise(actual)))
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
		return Errorf(ErrUnverified, format+" (--allow-platform-mismatch lets it pass)", args...)
	}
	return p.doubt(format, args...)
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
func describe(p v1.Platform) string {
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
