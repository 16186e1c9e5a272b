package index

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// SameGroup reports whether entries of two platforms belong to one group.
func SameGroup(a, b v1.Platform) bool { return platforms.Exact(a, b) }

// Match finds the one group that a platform selects, with all that belongs to its images. It returns
// positions in the order of the entries. No group is [registry.ErrNotFound]. Several groups are
// [registry.ErrInvalid], and the error lists them.
func Match(entries []Entry, want v1.Platform) ([]int, error) {
	group, err := matchGroup(entries, want)
	return withAttached(entries, group), err
}

// matchGroup is Match without what belongs to the images.
func matchGroup(entries []Entry, want v1.Platform) ([]int, error) {
	groups := fitting(entries, want)
	switch len(groups) {
	case 0:
		return nil, registry.Errorf(registry.ErrNotFound, "the index has no image for %s; its platforms are %s", PlatformText(want), PlatformList(Platforms(entries)))
	case 1:
		return groups[0], nil
	}
	var choices []string
	for _, group := range groups {
		first := entries[group[0]]
		choices = append(choices, fmt.Sprintf("%s (%s)", PlatformText(first.Platform), first.Descriptor.Digest))
	}
	return nil, registry.Errorf(registry.ErrInvalid, "%s matches %d platforms of the index, use one of these platforms or digests: %s",
		PlatformText(want), len(groups), strings.Join(choices, ", "))
}

// Select reports which entries a list of platforms selects: each platform all groups that fit, with
// what belongs to their images. It also returns the platforms that no group fits.
func Select(entries []Entry, wants []v1.Platform) (selected []bool, lacking []v1.Platform) {
	selected = make([]bool, len(entries))
	for _, want := range wants {
		groups := fitting(entries, want)
		if len(groups) == 0 {
			lacking = append(lacking, want)
		}
		for _, group := range groups {
			for _, i := range withAttached(entries, group) {
				selected[i] = true
			}
		}
	}
	return selected, lacking
}

// Lacking returns the platforms that no image of the index serves.
func Lacking(entries []Entry, wants []v1.Platform) []v1.Platform {
	return slices.DeleteFunc(slices.Clone(wants), func(want v1.Platform) bool {
		return slices.ContainsFunc(entries, func(e Entry) bool {
			return e.Kind == Image && e.HasPlatform() && fits(want, e.Platform)
		})
	})
}

// Platforms are the platforms of the images and artifacts of an index, in its order.
func Platforms(entries []Entry) []v1.Platform {
	var platforms []v1.Platform
	for _, e := range entries {
		if e.InGroup() {
			platforms = append(platforms, e.Platform)
		}
	}
	return platforms
}

// fitting are the groups that a platform selects: the equal one, or else all that fit.
func fitting(entries []Entry, want v1.Platform) [][]int {
	var groups [][]int
	for i, e := range entries {
		if !e.InGroup() || !fits(want, e.Platform) {
			continue
		}
		same := func(group []int) bool { return SameGroup(entries[group[0]].Platform, e.Platform) }
		if at := slices.IndexFunc(groups, same); at >= 0 {
			groups[at] = append(groups[at], i)
		} else {
			groups = append(groups, []int{i})
		}
	}
	equal := func(group []int) bool { return SameGroup(entries[group[0]].Platform, want) }
	if at := slices.IndexFunc(groups, equal); at >= 0 {
		return groups[at : at+1]
	}
	return groups
}

// fits reports whether an entry serves a platform. The CPU features of an image need not be in its index.
func fits(want, have v1.Platform) bool {
	want.Features = nil
	return platforms.Matches(want, have)
}

// group are the positions of all entries that belong to the group of a platform.
func group(entries []Entry, platform v1.Platform) []int {
	var found []int
	for i, e := range entries {
		if e.InGroup() && SameGroup(e.Platform, platform) {
			found = append(found, i)
		}
	}
	return found
}

// withAttached adds the positions of what belongs to the images of a group. An attestation that two
// equal images share belongs to both.
func withAttached(entries []Entry, group []int) []int {
	found := slices.Clone(group)
	for i, e := range entries {
		named := func(k int) bool { return entries[k].Descriptor.Digest == e.Subject }
		if e.IsAttached() && slices.ContainsFunc(group, named) {
			found = append(found, i)
		}
	}
	slices.Sort(found)
	return found
}
