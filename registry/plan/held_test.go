package plan

import (
	"slices"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
)

func TestLostPlatforms(t *testing.T) {
	for name, test := range map[string]struct{ held, written, lost []string }{
		"none":                    {[]string{"linux/amd64"}, []string{"linux/amd64", "linux/arm64"}, nil},
		"one":                     {[]string{"linux/amd64", "linux/arm64"}, []string{"linux/amd64"}, []string{"linux/arm64"}},
		"in another spelling":     {[]string{"linux/arm64/v8", "linux/arm"}, []string{"linux/arm64", "linux/arm/v7"}, nil},
		"a variant":               {[]string{"linux/arm/v6", "linux/arm/v7"}, []string{"linux/arm/v7"}, []string{"linux/arm/v6"}},
		"an update of Windows":    {[]string{"windows/amd64:10.0.17763.1"}, []string{"windows/amd64:10.0.17763.5329"}, nil},
		"a version of Windows":    {[]string{"windows/amd64:10.0.17763.1", "windows/amd64:10.0.20348.1"}, []string{"windows/amd64:10.0.20348.2"}, []string{"windows/amd64:10.0.17763.1"}},
		"a single image, unknown": {nil, []string{"linux/amd64"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var p Plan
			for _, text := range test.written {
				p.Entries = append(p.Entries, Entry{Entry: index.Entry{Kind: index.Image, Platform: platform(t, text)}})
			}
			old, now := registry.DigestOf([]byte("old")), registry.DigestOf([]byte("new"))
			state := NewTargetState()
			state.Held[old] = &HeldImage{IsIndex: test.held != nil}
			for _, text := range test.held {
				state.Held[old].Platforms = append(state.Held[old].Platforms, platform(t, text))
			}
			u := TagUpdate{Tag: "1.0", From: old, To: now}
			p.describeHeld(&u, state)
			var lost []string
			for _, platform := range u.Lost {
				lost = append(lost, platform.String())
			}
			if !slices.Equal(lost, test.lost) {
				t.Errorf("lost %q, want %q", lost, test.lost)
			}
		})
	}
	// a tag for an image holds the platform of the image
	p := Plan{Entries: []Entry{{Entry: index.Entry{Kind: index.Image, Platform: platform(t, "linux/amd64")}}, {Entry: index.Entry{Kind: index.Image, Platform: platform(t, "linux/arm64")}}}}
	if got := p.PlatformsOf(TagUpdate{Platform: &v1.Platform{OS: "linux", Architecture: "arm64"}}); len(got) != 1 {
		t.Errorf("%v", got)
	}
}
