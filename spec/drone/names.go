package drone

import (
	"maps"
	"slices"

	"github.com/manifest-tool/manifest-tool/internal/nearest"
)

// didYouMean is the end of a message about an unknown name: the nearest known name, if one is near.
func didYouMean[V any](name string, known map[string]V) string {
	return nearest.DidYouMean(name, slices.Sorted(maps.Keys(known))...)
}
