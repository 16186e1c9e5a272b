package drone

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/spec"
)

// didYouMean is the end of a message about an unknown name: the nearest known name, if one is near.
func didYouMean[V any](name string, known map[string]V) string {
	if nearest := spec.Nearest(name, slices.Sorted(maps.Keys(known))...); nearest != "" {
		return fmt.Sprintf("; did you mean %s?", nearest)
	}
	return ""
}

// cut shortens a text for a message to 100 bytes.
func cut(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}
