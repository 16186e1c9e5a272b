package run

import (
	"context"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Edit changes an index at its targets.
func (r *Runner) Edit(ctx context.Context, e spec.Edit, o PushOptions) error {
	decide := func(ctx context.Context, session registry.Session) ([]registry.Plan, []string, error) {
		original, state, err := registry.ResolveEdit(ctx, session, e)
		if err != nil {
			return nil, nil, err
		}
		return registry.PlanEdit(e, original, state, o.planOptions())
	}
	n := len(e.Spec.Targets)
	return r.carryOut(ctx, oneImage(places{targets: e.Places()[:n], sources: e.Places()[n:]}, decide), o)
}
