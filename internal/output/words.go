package output

import (
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// entryName says what an entry of an index is for. An attestation has the platform of its image.
func entryName(e plan.Entry) string { return kindName(e.Entry, e.Platform, e.ArtifactType()) }

// kindName says what an entry of an index is for, given the platform of the image that it belongs to.
func kindName(e index.Entry, platform v1.Platform, artifactType string) string {
	switch e.Kind {
	case index.Attestation:
		return "attestation for " + PlatformName(platform)
	case index.Companion:
		return fmt.Sprintf("companion of %s (%s)", PlatformName(platform), Printable(artifactType))
	case index.Nested:
		return "an index of its own"
	case index.Artifact:
		name := fmt.Sprintf("artifact (%s)", Printable(artifactType))
		if e.HasPlatform() {
			name = PlatformName(platform) + " " + name
		}
		return name
	}
	return PlatformName(platform)
}

// PlatformName is os/architecture/variant, or unknown.
func PlatformName(p v1.Platform) string {
	if p.OS == "" && p.Architecture == "" {
		return "unknown"
	}
	name := strings.TrimSuffix(p.OS+"/"+p.Architecture+"/"+p.Variant, "/")
	if len(p.Features) > 0 { // in old lists, some images differ only in their features
		name += " (" + strings.Join(p.Features, ", ") + ")"
	}
	return Printable(name)
}

// platformNames are the names of platforms.
func platformNames(platforms []v1.Platform) []string {
	var names []string
	for _, p := range platforms {
		names = append(names, PlatformName(p))
	}
	return names
}

// Count is a number with its noun.
func Count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// HumanSize is a number of bytes with a decimal unit, such as 1.5 MB.
func HumanSize(bytes int64) string {
	if bytes < 1000 {
		return fmt.Sprintf("%d B", bytes)
	}
	size, unit := float64(bytes)/1000, 0
	for size >= 1000 && unit < 3 {
		size, unit = size/1000, unit+1
	}
	return fmt.Sprintf("%.1f %cB", size, "kMGT"[unit])
}
