package main

import (
	"cmp"
	"context"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// checkPlatformTags refuses tags for platforms that another image of the repository has or gets: which of the two
// they would hold is a matter of the order. So all images are read before the first is copied; one that cannot be
// is not copied.
func (p *program) checkPlatformTags(ctx context.Context, session registry.Session, r spec.RepositoryCopy, images []registry.Tagged, o copyOptions) error {
	if !r.TagsPlatforms() {
		return nil
	}
	var moves []registry.Move
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
			moves = append(moves, plan.Moves...)
		}
	}
	return registry.CheckMoves(moves)
}

// planAnywhere is the plan for the first target as if nothing were known of it.
func planAnywhere(ctx context.Context, session registry.Session, s spec.Spec, o copyOptions) (registry.Plan, []string, error) {
	first := s.Targets[:1]
	s.Targets = nil
	original, err := registry.ResolveCopy(ctx, session, s)
	if err != nil {
		return registry.Plan{}, nil, err
	}
	s.Targets, original.Targets = first, make([]registry.Held, 1)
	plans, notes, err := registry.PlanCopy(s, original, o.plan())
	if err != nil {
		return registry.Plan{}, notes, err
	}
	return plans[0], notes, nil
}
