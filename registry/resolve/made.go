package resolve

import (
	"context"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Made adds to a state what the targets hold of the referrers that their plans have made. These are not known before
// the plans, so the plans have to be made again with the state. A target without such a manifest costs one request.
func Made(ctx context.Context, session registry.Session, s spec.Spec, state plan.State, plans []plan.TargetPlan) (plan.State, error) {
	r, err := newResolver(ctx, session, s, plan.Options{})
	if err != nil {
		return state, err
	}
	err = parallel.Each(ctx, len(r.targets), func(ctx context.Context, i int) error {
		t := r.targets[i]
		t.state = state.Targets[i]
		made := plans[i].Provenance()
		if made == nil || plans[i].Err != nil {
			return nil
		}
		if err := t.checkPresent(ctx, made.Descriptor.Digest, spec.Place{}); err != nil || !t.state.Present[made.Descriptor.Digest] {
			return err
		}
		return t.checkReferrer(ctx, plan.Referrer{Node: plan.Node{Entry: made.Entry.Entry}}, nil)
	})
	state.Targets = r.state().Targets
	return state, err
}
