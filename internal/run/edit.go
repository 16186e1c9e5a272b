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
	decide := func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
		state, err := resolve.Edit(ctx, session, e, o.planOptions())
		if err == nil {
			state, err = r.withReferrers(ctx, session, e.Spec, state, o)
		}
		if err != nil {
			return nil, nil, err
		}
		return plan.Edit(e, state, o.planOptions())
	}
	n := len(e.Spec.Targets)
	return r.carryOut(ctx, oneImage(places{targets: e.Places()[:n], sources: e.Places()[n:]}, decide), o)
}
