package output

import (
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// entryName names an entry of an index: its platform, or the platform that its attestation is for.
func entryName(p v1.Platform, attests string) string {
	if attests != "" {
		return "attestation for " + PlatformName(p)
	}
	return PlatformName(p)
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

// Count is a number with its noun. 0 and 1 have no plural: versions 1 and 2 print the same.
func Count(n int, what string) string {
	if n > 1 {
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
