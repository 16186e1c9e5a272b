package main

import (
	"context"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// copy copies an image or an index with everything below it, byte for byte.
func (r *runner) copy(ctx context.Context, args spec.Copy, o copyOptions) error {
	s, notes, err := spec.FromCopy(args, o.spec)
	r.out.warn(notes...)
	if err != nil {
		return err
	}
	return r.carryOut(ctx, oneImage(placesOf(s), r.copyPlans(s, o)), o.pushOptions)
}

// copyPlans finds out what there is to copy, and plans it.
func (r *runner) copyPlans(s spec.Spec, o copyOptions) decision {
	return func(ctx context.Context, session registry.Session) ([]registry.Plan, []string, error) {
		if err := r.await(ctx, session, s, o.pushOptions); err != nil {
			return nil, nil, err
		}
		original, err := registry.ResolveCopy(ctx, session, s)
		if err == nil && o.referrers {
			original, err = registry.ResolveReferrers(ctx, session, s, original)
		}
		if err != nil {
			return nil, nil, err
		}
		return registry.PlanCopy(s, original, o.planOptions())
	}
}

// split gives each image of an index a tag of its own, in the repository of the index.
func (r *runner) split(ctx context.Context, ref string, o pushOptions) error {
	s, err := spec.FromSplit(ref, o.spec)
	if err != nil {
		return err
	}
	decide := func(ctx context.Context, session registry.Session) ([]registry.Plan, []string, error) {
		original, err := registry.ResolveCopy(ctx, session, s)
		if err != nil {
			return nil, nil, err
		}
		return registry.PlanSplit(s, original, o.planOptions())
	}
	return r.carryOut(ctx, oneImage(placesOf(s), decide), o)
}
