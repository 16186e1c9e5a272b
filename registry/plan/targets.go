package plan

import (
	"cmp"
	"errors"
	"slices"
)

// reachable refuses targets that could not be read, if that are all, or if one is enough.
func (p *planner) reachable() error {
	var failed []error
	for _, state := range p.state.Targets {
		if state.Err != nil {
			failed = append(failed, state.Err)
		}
	}
	return p.stopped(failed)
}

// stopped is why nothing is written anywhere, if some targets failed.
func (p *planner) stopped(failed []error) error {
	if len(failed) < len(p.spec.Targets) && !p.options.FailFast {
		return nil
	}
	return errors.Join(failed...)
}

// plansForTargets are the plans for all targets. Nothing is written to a target that would lose something.
func (p *planner) plansForTargets() (plans []TargetPlan, err error) {
	var failed []error
	for i := range p.spec.Targets {
		plan, err := p.planFor(i)
		if err != nil {
			return nil, err
		}
		if plan.Err != nil {
			failed = append(failed, plan.Err)
		}
		plans = append(plans, plan)
	}
	if err := p.stopped(failed); err != nil {
		return nil, err
	}
	return plans, nil
}

// planFor is the plan for one of the targets.
func (p *planner) planFor(i int) (TargetPlan, error) {
	target, state := p.spec.Targets[i], p.state.Targets[i]
	plan := TargetPlan{Plan: p.plan, Err: state.Err}
	plan.Target = target.Place
	plan.Entries = slices.Clone(plan.Entries)
	for k := range plan.Entries {
		e := &plan.Entries[k]
		e.Copy = e.From != target.Place && (!state.Present[e.Descriptor.Digest] || p.options.Force)
	}
	plan.Referrers = slices.Clone(plan.Referrers)
	for k, r := range plan.Referrers {
		var err error
		plan.Referrers[k], err = r.forTarget(target.Place, state, p.options.Force)
		plan.Err = cmp.Or(plan.Err, err)
	}
	err := plan.addTagUpdates(target.Tags, p.spec.PlatformTags)
	for k := range plan.TagUpdates {
		u := &plan.TagUpdates[k]
		u.From = state.Tags[u.Tag]
		u.Pinned = p.spec.KeepMissing && i == 0 && k == 0
		u.Needed = u.From != u.To || p.options.Force
		plan.describeHeld(u, state)
		if !p.holdsEdited(target.Place, *u) {
			plan.Err = cmp.Or(plan.Err, p.checkLost(target.Place, *u))
		}
	}
	if err == nil && plan.Err == nil {
		err = p.attest(&plan.Plan, state)
	}
	return plan, err
}
