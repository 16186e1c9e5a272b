package run

import (
	"context"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Copy copies an image or an index with everything below it, byte for byte.
func (r *Runner) Copy(ctx context.Context, args spec.Copy, o CopyOptions) error {
	s, notes, err := spec.FromCopy(args, o.Spec)
	r.out.Warn(notes...)
	if err != nil {
		return err
	}
	return r.copy(ctx, s, o)
}

// Tag gives an image further names.
func (r *Runner) Tag(ctx context.Context, source string, names []string, o CopyOptions) error {
	s, err := spec.FromTag(source, names)
	if err != nil {
		return err
	}
	return r.copy(ctx, s, o)
}

func (r *Runner) copy(ctx context.Context, s spec.Spec, o CopyOptions) error {
	return r.carryOut(ctx, oneImage(placesOf(s), r.copyPlans(s, o)), o.PushOptions)
}

// copyPlans finds out what there is to copy, and plans it.
func (r *Runner) copyPlans(s spec.Spec, o CopyOptions) decision {
	return func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
		if err := r.await(ctx, session, s, o.PushOptions); err != nil {
			return nil, nil, err
		}
		state, err := resolve.Copy(ctx, session, s, o.planOptions())
		if err == nil {
			state, err = r.withReferrers(ctx, session, s, state, o.PushOptions)
		}
		if err != nil {
			return nil, nil, err
		}
		return plan.Copy(s, state, o.planOptions())
	}
}

// Split gives each image of an index a tag of its own, in the repository of the index.
func (r *Runner) Split(ctx context.Context, ref string, o PushOptions) error {
	s, err := spec.FromSplit(ref, o.Spec)
	if err != nil {
		return err
	}
	decide := func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
		state, err := resolve.Copy(ctx, session, s, o.planOptions())
		if err != nil {
			return nil, nil, err
		}
		return plan.Split(s, state, o.planOptions())
	}
	return r.carryOut(ctx, oneImage(placesOf(s), decide), o)
}
