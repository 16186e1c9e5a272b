package plan

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Move sets one tag. From is what it held when the plan was made, if anything.
type TagUpdate struct {
	Tag      string
	From, To v1.Hash
	// Pinned lets it move only if it still holds From.
	Pinned bool
	// Needed is false where the tag holds it already.
	Needed bool
	// Platform is that of the image which the tag is for, if it is not for the index.
	Platform *v1.Platform
}

// indexMoves are the moves of the index, not of its images.
func (p Plan) IndexTagUpdates() []TagUpdate {
	n := slices.IndexFunc(p.TagUpdates, func(m TagUpdate) bool { return m.Platform != nil })
	if n < 0 {
		return p.TagUpdates
	}
	return p.TagUpdates[:n]
}

// moves tells whether any tag will hold another index.
func (p Plan) ChangesTags() bool {
	moves := p.IndexTagUpdates()
	return len(moves) == 0 || slices.ContainsFunc(moves, func(m TagUpdate) bool { return m.From != m.To })
}

// name lists the tags of the index and those of its images. Attestations get none.
func (p *Plan) addTagUpdates(tags []string, byPlatform spec.PlatformTags) error {
	for _, tag := range tags {
		p.TagUpdates = append(p.TagUpdates, TagUpdate{Tag: tag, To: p.Index.Digest})
	}
	for _, e := range p.Entries {
		if !e.isImage() {
			continue
		}
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
		return registry.Errorf(registry.ErrInvalid, "the platform tag for %s: %w", Describe(platform), err)
	}
	for _, m := range others {
		switch {
		case m.Tag != tag:
		case m.Platform == nil:
			return registry.Errorf(registry.ErrInvalid, "the platform tag for %s is %s, as that of the index", Describe(platform), tag)
		default:
			return registry.Errorf(registry.ErrInvalid, "the platform tag for %s and for %s is %s: write OS, VARIANT or OSVERSION into the template",
				Describe(*m.Platform), Describe(platform), tag)
		}
	}
	return nil
}

// CheckMoves refuses moves of several images that set one tag to two things, of which the last would win. Two
// indexes never have the same tag.
func CheckTagUpdates(moves []TagUpdate) error {
	tags := map[string]TagUpdate{}
	for _, m := range moves {
		other, again := tags[m.Tag]
		if tags[m.Tag] = m; !again || other.To == m.To {
			continue
		}
		if m.Platform == nil {
			m, other = other, m
		}
		return registry.Errorf(registry.ErrInvalid, "tag %s is that of %s, and would be that of the image for %s, %s: another template for --platform-tags, or --tag-filter, keeps them apart",
			m.Tag, other.To, Describe(*m.Platform), m.To)
	}
	return nil
}
