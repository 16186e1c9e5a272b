package layout

import (
	"cmp"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// A groupMember is one of several images that share a name.
type groupMember struct {
	Choice
	descriptor v1.Descriptor
	platforms  []v1.Platform
}

// combinedIndex determines the bytes of an index: compact JSON with the keys in the order of the image-spec.
type combinedIndex struct {
	SchemaVersion int                  `json:"schemaVersion"`
	MediaType     types.MediaType      `json:"mediaType"`
	Manifests     []combinedDescriptor `json:"manifests"`
}

type combinedDescriptor struct {
	MediaType types.MediaType `json:"mediaType"`
	Digest    v1.Hash         `json:"digest"`
	Size      int64           `json:"size"`
	Platform  *v1.Platform    `json:"platform,omitempty"`
}

// combine makes an index of images that share a name, in the order of their platforms. It drops the annotations of
// their entries, which concern the layout. Two images with the same platform are an error.
func (s Images) combine(group []Image) (registry.Manifest, error) {
	if len(group) > spec.MaxEntries {
		return registry.Manifest{}, s.ambiguous(group, "more than %d images have it", spec.MaxEntries)
	}
	members := make([]groupMember, len(group))
	for i, image := range group {
		var err error
		if members[i], err = image.member(); err != nil {
			return registry.Manifest{}, err
		}
		if len(members[i].platforms) == 0 {
			return registry.Manifest{}, s.ambiguous(group, "the image %s has no platform", quote(image.ID))
		}
	}
	if platform, ok := sharedPlatform(members); ok {
		return registry.Manifest{}, s.ambiguous(group, "several images are for %s", quote(platform.String()))
	}
	slices.SortStableFunc(members, func(a, b groupMember) int { return cmp.Compare(a.platforms[0].String(), b.platforms[0].String()) })
	x := combinedIndex{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	for _, m := range members {
		d := m.descriptor
		x.Manifests = append(x.Manifests, combinedDescriptor{d.MediaType, d.Digest, d.Size, d.Platform})
	}
	made := registry.NewManifest(types.OCIImageIndex, registry.MustCompactJSON(x))
	made.Synthesized = true
	return made, nil
}

// ambiguous is the error for images that share a name and a platform.
func (s Images) ambiguous(group []Image, why string, args ...any) error {
	choices := choicesOf(group)
	return registry.Errorf(registry.ErrUnverified, "%s: the name %s is ambiguous, "+why+": %s",
		slices.Concat([]any{s.path, choices[0]}, args, []any{list(choices, Choice.describe)})...)
}

func (i Image) member() (groupMember, error) {
	m, err := i.Read()
	if err != nil {
		return groupMember{}, err
	}
	platforms, err := i.Platforms(m)
	made := groupMember{Choice: i.Choice, descriptor: m.Descriptor(), platforms: platforms}
	if m.MediaType.IsImage() && len(platforms) == 1 {
		made.descriptor.Platform = &platforms[0]
	}
	return made, err
}

// sharedPlatform returns a platform that two members have.
func sharedPlatform(members []groupMember) (v1.Platform, bool) {
	for i, m := range members {
		for _, other := range members[:i] {
			for _, p := range m.platforms {
				if slices.ContainsFunc(other.platforms, func(o v1.Platform) bool { return platforms.Equivalent(p, o) }) {
					return p, true
				}
			}
		}
	}
	return v1.Platform{}, false
}
