package plan

import (
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// A HeldImage is what a tag held when the plan was made. The platform of a single image is in its config, which is
// not read: Platforms is empty unless the platform is known without a request.
type HeldImage struct {
	IsIndex   bool
	Platforms []v1.Platform `json:",omitempty"`
	// Partial reports that the index has more images, whose platforms are not in its descriptors: images in nested
	// indexes, and images without a platform.
	Partial bool `json:",omitempty"`
}

// NewHeldImage describes a manifest that a tag holds. It returns nil for a manifest that is not sound: such a
// manifest may be replaced too.
func NewHeldImage(m registry.Manifest) *HeldImage {
	switch {
	case len(m.Bytes) == 0:
		return nil
	case !m.MediaType.IsIndex():
		return &HeldImage{}
	}
	x, err := index.Parse(m)
	if err != nil {
		return nil
	}
	partial := slices.ContainsFunc(x.Entries, func(e index.Entry) bool {
		return e.Kind == index.Nested || e.Kind == index.Image && !e.HasPlatform()
	})
	return &HeldImage{IsIndex: true, Platforms: imagePlatforms(x.Entries), Partial: partial}
}

// imagePlatforms are the platforms that images of an index are for, each once.
func imagePlatforms(entries []index.Entry) []v1.Platform {
	var platforms []v1.Platform
	for _, e := range entries {
		same := func(p v1.Platform) bool { return samePlatform(p, e.Platform) }
		if e.Kind == index.Image && e.HasPlatform() && !slices.ContainsFunc(platforms, same) {
			platforms = append(platforms, e.Platform)
		}
	}
	return platforms
}

// samePlatform reports whether images of two platforms run on the same machines. The last part of a Windows version
// changes with each update: it does not count.
func samePlatform(a, b v1.Platform) bool {
	a.OSVersion, b.OSVersion = windowsBuild(a.OSVersion), windowsBuild(b.OSVersion)
	return platforms.Exact(a, b)
}

// windowsBuild is a version without its revision: 10.0.17763 of 10.0.17763.5329.
func windowsBuild(version string) string {
	if parts := strings.Split(version, "."); len(parts) > 3 {
		return strings.Join(parts[:3], ".")
	}
	return version
}

// Platforms are the platforms of the images that the plan writes, each once.
func (p Plan) Platforms() []v1.Platform { return imagePlatforms(indexEntries(p.Entries)) }

// PlatformsOf are the platforms that a tag has after the update.
func (p Plan) PlatformsOf(u TagUpdate) []v1.Platform {
	if u.IsForIndex() {
		return p.Platforms()
	}
	return []v1.Platform{*u.Platform}
}

// describeHeld adds what the target's tag holds to an update, and the platforms that the tag would lose.
func (p Plan) describeHeld(u *TagUpdate, state TargetState) {
	held := state.Held[u.From]
	if held == nil || u.From == (v1.Hash{}) {
		return
	}
	u.Held = held
	if !held.IsIndex {
		u.Held = &HeldImage{Platforms: p.platformOfEntry(u.From)}
	}
	if u.From == u.To {
		return
	}
	after := p.PlatformsOf(*u)
	for _, platform := range u.Held.Platforms {
		if !slices.ContainsFunc(after, func(p v1.Platform) bool { return samePlatform(p, platform) }) {
			u.Lost = append(u.Lost, platform)
		}
	}
}

// platformOfEntry is the platform of an image that is an entry of the plan too.
func (p Plan) platformOfEntry(digest v1.Hash) []v1.Platform {
	return imagePlatforms(indexEntries(slices.DeleteFunc(slices.Clone(p.Entries), func(e Entry) bool { return e.Descriptor.Digest != digest })))
}

// checkLost warns of platforms that a tag would lose.
func (p *planner) checkLost(target spec.Place, u TagUpdate) error {
	switch {
	case u.Held != nil && u.Held.Partial && u.From != u.To:
		return p.warnOrRefuse(LosesPlatforms, "%s: %s may lose platforms: the index that the tag holds now (%s) does not name the platforms of all images", target, u.Tag, u.From)
	case len(u.Lost) == 0:
		return nil
	}
	return p.warnOrRefuse(LosesPlatforms, "%s: %s loses %s, which it holds now (%s)", target, u.Tag, index.PlatformList(u.Lost), u.From)
}
