package registry

import (
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// isManifest reports whether a type is a type of manifest, not a generic type of stores and file servers.
func isManifest(t types.MediaType) bool {
	kind, subtype, _ := strings.Cut(strings.ToLower(string(t)), "/")
	if kind == "text" {
		return false
	}
	switch strings.TrimPrefix(subtype, "x-") {
	case "octet-stream", "binary", "json", "unknown", "unknown-content-type", "download", "force-download", "www-form-urlencoded":
		return false
	}
	return true
}
