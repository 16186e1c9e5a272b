package plan

import (
	"cmp"
	"errors"
	"slices"
)

// reachable refuses targets that cannot be read, if that are all or one is enough.
func (p *planner) reachable() error {
	var lost []error
	for _, held := range p.state.Targets {
		if held.Err != nil {
			lost = append(lost, held.Err)
		}
	}
	return p.stopped(lost)
}

// stopped is why nothing is done anywhere, if some targets are lost.
func (p *planner) stopped(lost []error) error {
	if len(lost) < len(p.spec.Targets) && !p.options.FailFast {
		return nil
	}
	return errors.Join(lost...)
}

// everywhere is the plans for all targets. Nothing is done at those that would lose something.
func (p *planner) plansForTargets() (plans []Plan, err error) {
	var lost []error
	for i := range p.spec.Targets {
		plan, err := p.planFor(i)
		if err != nil {
			return nil, err
		}
		if plan.Err != nil {
			lost = append(lost, plan.Err)
		}
		plans = append(plans, plan)
	}
	if err := p.stopped(lost); err != nil {
		return nil, err
	}
	return plans, nil
}

// at is the plan for one of the targets.
func (p *planner) planFor(i int) (Plan, error) {
	plan, target, held := p.plan, p.spec.Targets[i], p.state.Targets[i]
	plan.Target, plan.Err = target.Place, held.Err
	plan.Entries = slices.Clone(plan.Entries)
	for k := range plan.Entries {
		e := &plan.Entries[k]
		e.Copy = e.From != target.Place && (!held.Present[e.Descriptor.Digest] || p.options.Force)
	}
	plan.Referrers = slices.Clone(plan.Referrers)
	for k, r := range plan.Referrers {
		var err error
		plan.Referrers[k], err = r.forTarget(target.Place, held, p.options.Force)
		plan.Err = cmp.Or(plan.Err, err)
	}
	err := plan.addTagUpdates(target.Tags, p.spec.PlatformTags)
	for k := range plan.TagUpdates {
		m := &plan.TagUpdates[k]
		m.From = held.Tags[m.Tag]
		m.Pinned = p.spec.KeepMissing && i == 0 && k == 0
		m.Needed = m.From != m.To || p.options.Force
	}
	return plan, err
}
