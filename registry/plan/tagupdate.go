package plan

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A TagUpdate sets one tag. From is what the tag held when the plan was made, if it existed.
type TagUpdate struct {
	Tag  string
	From v1.Hash `json:",omitzero"`
	To   v1.Hash
	// Pinned refuses the update unless the tag still holds From.
	Pinned bool
	// Needed is false where the tag holds To already.
	Needed bool
	// Platform is that of the image that the tag is for. It is nil for a tag of the index.
	Platform *v1.Platform `json:",omitempty"`
	// Held is what From is; nil if that is not known. Lost are platforms that From has and To lacks.
	Held *HeldImage    `json:",omitempty"`
	Lost []v1.Platform `json:",omitempty"`
	// LosesReferrers reports whether From has signatures or other referrers, and To has none. It is nil if that is not
	// known: only a dry run looks.
	LosesReferrers *bool `json:",omitempty"`
}

// IsForIndex reports whether the tag is for the index, and not for one of its images.
func (u TagUpdate) IsForIndex() bool { return u.Platform == nil }

// HasIndexTags reports whether the index gets a tag.
func (p Plan) HasIndexTags() bool { return slices.ContainsFunc(p.TagUpdates, TagUpdate.IsForIndex) }

// ChangesTags reports whether a tag of the index will hold another index. An index without tags is new.
func (p Plan) ChangesTags() bool {
	changes := func(u TagUpdate) bool { return u.IsForIndex() && u.From != u.To }
	return !p.HasIndexTags() || slices.ContainsFunc(p.TagUpdates, changes)
}

// addTagUpdates names the tags of the index and those of its images. Where several images have one
// platform, the first image gets the tag, as clients take the first.
func (p *Plan) addTagUpdates(tags []string, byPlatform spec.PlatformTags) error {
	for _, tag := range tags {
		p.TagUpdates = append(p.TagUpdates, TagUpdate{Tag: tag, To: p.Index.Digest})
	}
	var tagged []v1.Platform
	for _, e := range p.Entries {
		again := func(p v1.Platform) bool { return index.SameGroup(p, e.Platform) }
		if !e.IsImage() || slices.ContainsFunc(tagged, again) {
			continue
		}
		tagged = append(tagged, e.Platform)
		for _, tag := range byPlatform.For(tags, e.Platform) {
			if err := checkPlatformTag(tag, e.Platform, p.TagUpdates); err != nil {
				return err
			}
			p.TagUpdates = append(p.TagUpdates, TagUpdate{Tag: tag, To: e.Descriptor.Digest, Platform: &e.Platform})
		}
	}
	return nil
}

// checkPlatformTag refuses a tag that something else gets as well.
func checkPlatformTag(tag string, platform v1.Platform, others []TagUpdate) error {
	if err := spec.CheckTag(tag); err != nil {
		return registry.Errorf(registry.ErrInvalid, "the platform tag for %s: %w", index.PlatformText(platform), err)
	}
	for _, m := range others {
		switch {
		case m.Tag != tag:
		case m.Platform == nil:
			return registry.Errorf(registry.ErrInvalid, "the platform tag for %s is %s, which is also the tag of the index: change the template of --platform-tags", index.PlatformText(platform), tag)
		default:
			return registry.Errorf(registry.ErrInvalid, "the platform tags for %s and for %s are both %s: add OS, VARIANT or OSVERSION to the template",
				index.PlatformText(*m.Platform), index.PlatformText(platform), tag)
		}
	}
	return nil
}

// CheckTagUpdates refuses updates that set one tag to two manifests, of which the last would win. Two
// indexes never have the same tag.
func CheckTagUpdates(updates []TagUpdate) error {
	tags := map[string]TagUpdate{}
	for _, m := range updates {
		other, again := tags[m.Tag]
		if tags[m.Tag] = m; !again || other.To == m.To {
			continue
		}
		if m.Platform == nil {
			m, other = other, m
		}
		return registry.Errorf(registry.ErrInvalid, "tag %s would name both %s and the image for %s, %s: change the template of --platform-tags, or use --tag-filter",
			m.Tag, other.To, index.PlatformText(*m.Platform), m.To)
	}
	return nil
}
