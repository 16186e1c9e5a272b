package run

import (
	"context"
	"slices"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/attest"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// planOptions are the options that the plan of an assembly depends on.
func (r *Runner) planOptions(o PushOptions) plan.Options {
	options := o.planOptions()
	if o.Attest {
		builder := attest.BuilderFrom(r.Getenv)
		options.Attest = &builder
	}
	return options
}

// A planner makes plans of what was read.
type planner func(plan.State) ([]plan.TargetPlan, []string, error)

// attested makes plans, and makes them again with what the targets hold of the provenance in these plans.
func attested(ctx context.Context, session registry.Session, s spec.Spec, state plan.State, decide planner) ([]plan.TargetPlan, []string, error) {
	plans, notes, err := decide(state)
	hasProvenance := func(p plan.TargetPlan) bool { return p.Provenance() != nil }
	if err != nil || !slices.ContainsFunc(plans, hasProvenance) {
		return plans, notes, err
	}
	if state, err = resolve.Made(ctx, session, s, state, plans); err != nil {
		return nil, notes, err
	}
	return decide(state)
}
