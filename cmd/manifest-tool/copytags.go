package main

import (
	"cmp"
	"context"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// checkPlatformTags refuses tags for platforms that another image of the repository has or gets: which of the two
// they would hold is a matter of the order. So all images are read before the first is copied; one that cannot be
// is not copied.
func (p *program) checkPlatformTags(ctx context.Context, session registry.Session, r spec.RepositoryCopy, images []resolve.Tagged, o copyOptions) error {
	if !r.TagsPlatforms() {
		return nil
	}
	var moves []plan.TagUpdate
	for i := range images {
		image := &images[i]
		if image.Err != nil {
			continue
		}
		plan, notes, err := planAnywhere(ctx, session, r.Image(image.Digest, image.Tags), o)
		switch {
		case ctx.Err() != nil:
			return cmp.Or(err, ctx.Err())
		case err != nil:
			p.warn(notes)
			image.Err = err
		default:
			moves = append(moves, plan.TagUpdates...)
		}
	}
	return plan.CheckTagUpdates(moves)
}

// planAnywhere is the plan for the first target as if nothing were known of it.
func planAnywhere(ctx context.Context, session registry.Session, s spec.Spec, o copyOptions) (plan.Plan, []string, error) {
	first := s.Targets[:1]
	s.Targets = nil
	original, err := resolve.Copy(ctx, session, s)
	if err != nil {
		return plan.Plan{}, nil, err
	}
	s.Targets, original.Targets = first, make([]plan.TargetState, 1)
	plans, notes, err := plan.Copy(s, original, o.plan())
	if err != nil {
		return plan.Plan{}, notes, err
	}
	return plans[0], notes, nil
}
