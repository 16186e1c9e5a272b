package index

import (
	"maps"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// Duplicates returns the positions of the first two images that are duplicates of each other.
func Duplicates(entries []Entry) (a, b int, found bool) {
	for b := range entries {
		for a := range b {
			if entries[a].Origin.Source != entries[b].Origin.Source && isDuplicate(entries[a], entries[b]) {
				return a, b, true
			}
		}
	}
	return 0, 0, false
}

func isDuplicate(a, b Entry) bool {
	return a.InGroup() && b.InGroup() && a.Kind == b.Kind && SameGroup(a.Platform, b.Platform) &&
		a.Descriptor.ArtifactType == b.Descriptor.ArtifactType &&
		slices.Equal(sorted(a.Platform.OSFeatures), sorted(b.Platform.OSFeatures)) &&
		slices.Equal(sorted(a.Platform.Features), sorted(b.Platform.Features)) &&
		sameConfig(a.Origin.Config, b.Origin.Config) &&
		maps.Equal(distinguishing(a.Descriptor.Annotations), distinguishing(b.Descriptor.Annotations))
}

// sameConfig reports whether two configs are of one kind. The configs of Docker and of OCI images are.
func sameConfig(a, b types.MediaType) bool {
	return a == b || a == "" || b == "" || isImageConfig(a) && isImageConfig(b)
}

func isImageConfig(t types.MediaType) bool {
	return t == types.OCIConfigJSON || t == types.DockerConfigJSON
}

// Marks is a text of what distinguishes an entry from others for its platform: two entries of one platform with the same
// marks are the same to a client.
func (e Entry) Marks() string {
	return string(registry.MustCompactJSON([]any{
		e.Kind, e.Descriptor.ArtifactType, sorted(e.Platform.OSFeatures), sorted(e.Platform.Features), distinguishing(e.Descriptor.Annotations),
	}))
}

func sorted(words []string) []string { return slices.Sorted(slices.Values(words)) }

// descriptive are the annotations that describe a build, and that differ from build to build.
var descriptive = []string{"org.opencontainers.image.", "org.label-schema.", "vnd.docker.", "com.docker.official-images.", sourcePrefix}

// distinguishing are the annotations that distinguish two images for one platform.
func distinguishing(annotations map[string]string) map[string]string {
	kept := maps.Clone(annotations)
	maps.DeleteFunc(kept, func(key, _ string) bool {
		return slices.ContainsFunc(descriptive, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
	})
	if kept == nil {
		kept = map[string]string{}
	}
	return kept
}
