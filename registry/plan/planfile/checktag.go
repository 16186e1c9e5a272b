package planfile

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// setTags adds the tags to a plan. A tag is for the index or, with a platform, for one of its images.
func (t Target) setTags(p *plan.Plan) error {
	for _, tag := range t.Tags {
		u, err := tag.update(p.Target)
		if err != nil {
			return err
		}
		if tag.Platform != "" {
			if u.Platform = platformFor(*p, tag); u.Platform == nil {
				return fmt.Errorf("tag %s: the plan has no image %s for %s", tag.Tag, tag.To, tag.Platform)
			}
		}
		if u.IsForIndex() && (u.To != p.Index.Digest || p.Split) {
			return fmt.Errorf("tag %s: %s is not the index", tag.Tag, tag.To)
		}
		if u.Needed != (u.From != u.To || p.Force) {
			return fmt.Errorf("tag %s: it is not %s", tag.Tag, tag.Action)
		}
		same := func(o plan.TagUpdate) bool { return o.Tag == u.Tag }
		if slices.ContainsFunc(p.TagUpdates, same) {
			return fmt.Errorf("tag %s is there twice", tag.Tag)
		}
		p.TagUpdates = append(p.TagUpdates, u)
	}
	return nil
}

// platformFor is the platform of the image that a tag is for.
func platformFor(p plan.Plan, tag Tag) *v1.Platform {
	for _, e := range p.Entries {
		if e.IsImage() && e.Descriptor.Digest == tag.To && index.PlatformText(e.Platform) == tag.Platform {
			return &e.Platform
		}
	}
	return nil
}

// update is the update of a tag. What the tag loses is kept as the file says it, for apply to compare.
func (t Tag) update(target spec.Place) (plan.TagUpdate, error) {
	check := spec.CheckLayoutName
	if target.Kind == spec.Registry {
		check = spec.CheckTag
	}
	u := plan.TagUpdate{Tag: t.Tag, From: t.From, To: t.To, Needed: t.Action != "unchanged", Lost: platforms(t.LostPlatforms), LosesReferrers: t.LosesReferrers}
	if t.PreviousPlatforms != nil {
		u.Held = &plan.HeldImage{Platforms: platforms(t.PreviousPlatforms)}
	}
	err := check(t.Tag)
	if err == nil {
		err = checkDigests(t.To)
	}
	if err == nil && t.From != (v1.Hash{}) {
		err = checkDigests(t.From)
	}
	if err != nil {
		return u, fmt.Errorf("tag %q: %w", t.Tag, err)
	}
	return u, nil
}

// platforms are platforms by their text alone. They are compared, and shown, by their text.
func platforms(texts []string) []v1.Platform {
	var all []v1.Platform
	for _, text := range texts {
		all = append(all, v1.Platform{OS: text})
	}
	return all
}
