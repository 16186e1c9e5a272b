package run

import (
	"context"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Edit changes an index at its targets.
func (r *Runner) Edit(ctx context.Context, e spec.Edit, o PushOptions) error {
	n := len(e.Spec.Targets)
	named := places{targets: e.Places()[:n], sources: e.Places()[n:]}
	return r.carryOut(ctx, oneImage(named, r.editPlans(e, o)), o)
}

// editPlans finds out what there is to edit, and plans it.
func (r *Runner) editPlans(e spec.Edit, o PushOptions) decision {
	return func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
		if err := plan.CheckRecordable(e.Spec.Type, o.planOptions()); err != nil {
			return nil, nil, err
		}
		state, err := resolve.Edit(ctx, session, e, o.planOptions())
		if err == nil {
			state, err = r.withReferrers(ctx, session, e.Spec, state, o)
		}
		if err != nil {
			return nil, nil, err
		}
		return attested(ctx, session, e.Spec, state, func(state plan.State) ([]plan.TargetPlan, []string, error) {
			return plan.Edit(e, state, r.planOptions(o))
		})
	}
}
