package output

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

func TestDraftPlatform(t *testing.T) {
	windows := v1.Platform{OS: "windows", Architecture: "amd64", OSVersion: "10.0.1"}
	features := v1.Platform{OS: "windows", Architecture: "amd64", OSFeatures: []string{"a", "b"}}
	for want, e := range map[string]spec.Entry{
		"windows/amd64:10.0.1":                             {Platform: windows},
		"windows/amd64 (a, b)":                             {Platform: features},
		"windows/amd64 (a, b) (no os.version)":             {Platform: features, Empty: []string{"os.version"}},
		"(all platforms)":                                  {},
		"(all platforms) (no os.features) (no os.version)": {Empty: []string{"os.features", "os.version"}},
		"none":                              {NoPlatform: true},
		`linux/arm/v7:\u001b[31m (#\u0023)`: {Platform: v1.Platform{OS: "linux", Architecture: "arm", Variant: "v7", OSVersion: "\x1b[31m", OSFeatures: []string{"##"}}},
	} {
		if got := DraftPlatform(e); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
