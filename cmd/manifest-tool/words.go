package main

import (
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// entryName is a platform, or what an attestation is about.
func entryName(p v1.Platform, attests string) string {
	if attests != "" {
		return "attestation for " + platformName(p)
	}
	return platformName(p)
}

// platformName is os/architecture/variant; what has none is called unknown.
func platformName(p v1.Platform) string {
	if p.OS == "" && p.Architecture == "" {
		return "unknown"
	}
	name := strings.TrimSuffix(p.OS+"/"+p.Architecture+"/"+p.Variant, "/")
	if len(p.Features) > 0 { // all that tells some images of old lists apart
		name += " (" + strings.Join(p.Features, ", ") + ")"
	}
	return printable(name)
}

// count is a number of things. One thing or none has no plural, as manifest-tool always wrote it.
func count(n int, what string) string {
	if n > 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func humanSize(bytes int64) string {
	if bytes < 1000 {
		return fmt.Sprintf("%d B", bytes)
	}
	size, unit := float64(bytes)/1000, 0
	for size >= 1000 && unit < 3 {
		size, unit = size/1000, unit+1
	}
	return fmt.Sprintf("%.1f %cB", size, "kMGT"[unit])
}
