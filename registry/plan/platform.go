package plan

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// PlatformOf is the platform that an index gives a node: the fields of the spec's entry, then those of
// the source's descriptor. The config counts where the descriptor names no platform. A field that a
// descriptor leaves out beside its os and architecture stays out: a HostProcess image of Windows has an
// os.version in its config, and none in its descriptor on purpose.
func PlatformOf(e spec.Entry, node Node) v1.Platform {
	platform := e.Platform
	sources := []v1.Platform{node.Platform}
	if !node.HasPlatform() {
		sources = append(sources, index.Known(&node.Config))
	}
	for _, source := range sources {
		inherit(&platform, e.ClearEmpty(platforms.Normalise(source)))
	}
	return platforms.Normalise(platform)
}

// checkPlatform refuses a platform that an index should not give an image.
func (p *planner) checkPlatform(e spec.Entry, node Node, platform v1.Platform) error {
	given := platforms.Check(e.Platform) // the user accepts this platform
	if err := platforms.Check(platform); err != nil && given == nil {
		if err := p.warnOrFail("%s names an invalid platform: %w", e.Source, err); err != nil {
			return err
		}
	}
	actual := e.ClearEmpty(index.Known(&node.Config))
	if node.HasPlatform() { // a config may name more than the index of the source does
		clearOpen(&actual, platform)
	}
	if !contradicts(platform, actual) {
		return nil
	}
	return p.mismatch("%s is listed for %s, but its config says %s", e.Source, index.PlatformText(platform), index.PlatformText(platforms.Normalise(actual)))
}

// Contradicts reports whether the config of an image names another platform than the index that lists the image. A
// field that the index leaves out matches any value.
func Contradicts(listed, config v1.Platform) bool {
	actual := index.Known(&config)
	clearOpen(&actual, listed)
	return contradicts(listed, actual)
}

// contradicts is Contradicts for a config whose open fields are cleared.
func contradicts(listed, actual v1.Platform) bool {
	actual.OSFeatures = nil // a config may name more features than an index needs
	return actual.OS != "" && !platforms.Matches(actual, listed)
}

// clearOpen clears the variant and the os.version of a config where an index names none.
func clearOpen(config *v1.Platform, listed v1.Platform) {
	if listed.Variant == "" {
		config.Variant = ""
	}
	if listed.OSVersion == "" {
		config.OSVersion = ""
	}
}

// mismatch is an image that is not for the platform that it is listed for. manifest-tool has always pushed
// specs with such images. --strict and edit refuse them.
func (p *planner) mismatch(format string, args ...any) error {
	switch {
	case p.options.AllowMismatch:
		p.note(format, args...)
		return nil
	case p.isEdit():
		return refuse(WrongPlatform, format+" (use --allow-platform-mismatch to accept the image)", args...)
	}
	return p.warnOrRefuse(WrongPlatform, format, args...)
}

// inherit fills in the fields that a platform leaves out. The variant of another architecture does not count.
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

// Concerns reports whether an entry may select an image that --platforms asks for. A source for another platform is
// not read.
func (o Options) Concerns(e spec.Entry) bool {
	mayFit := func(want v1.Platform) bool {
		have := e.Platform
		inherit(&have, want)
		return platforms.Matches(want, have)
	}
	return len(o.Platforms) == 0 || slices.ContainsFunc(o.Platforms, mayFit)
}
