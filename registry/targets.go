package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
func (p *planner) everywhere() (plans []Plan, err error) {
	var lost []error
	for i := range p.spec.Targets {
		plan, err := p.at(i)
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
func (p *planner) at(i int) (Plan, error) {
	plan, target, held := p.plan, p.spec.Targets[i], p.state.Targets[i]
	plan.Target, plan.Err = target.Place, held.Err
	plan.Entries = slices.Clone(plan.Entries)
	for k := range plan.Entries {
		e := &plan.Entries[k]
		e.Copy = e.From != target.Place && (!held.Present[e.Manifest.Digest] || p.options.Force)
	}
	plan.Referrers = slices.Clone(plan.Referrers)
	for k, r := range plan.Referrers {
		var err error
		plan.Referrers[k], err = r.at(target.Place, held, p.options.Force)
		plan.Err = cmp.Or(plan.Err, err)
	}
	err := plan.name(target.Tags, p.spec.PlatformTags)
	for k := range plan.Moves {
		m := &plan.Moves[k]
		m.From = held.Tags[m.Tag]
		m.Pinned = p.spec.KeepMissing && i == 0 && k == 0
		m.Needed = m.From != m.To || p.options.Force
	}
	return plan, err
}

// PushAll carries out the plans of several targets at the same time, with a report for each. What goes
// wrong with one does not stop the others, unless that is wanted.
func PushAll(ctx context.Context, session Session, plans []Plan, o PushOptions) ([]Report, error) {
	reports, errs := make([]Report, len(plans)), make([]error, len(plans))
	failed := each(ctx, len(plans), func(ctx context.Context, i int) error {
		reports[i] = newReport(plans[i])
		if errs[i] = plans[i].Err; errs[i] == nil {
			reports[i], errs[i] = Push(ctx, session, plans[i], o)
		}
		if o.FailFast || len(plans) == 1 {
			return errs[i]
		}
		return nil
	})
	if len(plans) == 1 || first(errs) == nil {
		return reports, failed
	}
	if o.FailFast && ctx.Err() == nil {
		for i, err := range errs {
			if errors.Is(err, context.Canceled) {
				errs[i] = fmt.Errorf("push %s: stopped, as --fail-fast asks", plans[i].Target)
			}
		}
	}
	moved := func(r Report) bool { return slices.ContainsFunc(r.Tags, TagReport.moved) }
	return reports, &TargetsError{errs, slices.ContainsFunc(reports, moved)}
}

// A TargetsError says which of several targets failed.
type TargetsError struct {
	Errs  []error // for each target; nil for those that are done
	Moved bool    // whether any tag moved, also where something failed behind that
}

// Partial tells whether any target is done, or a part of one.
func (e *TargetsError) Partial() bool {
	return e.Moved || slices.Contains(e.Errs, nil)
}

func (e *TargetsError) Error() string {
	text, n := "", 0
	for _, err := range e.Errs {
		if err != nil {
			n++
			text += "\n" + err.Error()
		}
	}
	return fmt.Sprintf("%d of %d targets failed:%s", n, len(e.Errs), text)
}

// Unwrap gives what went wrong, first what is not only the echo of something else.
func (e *TargetsError) Unwrap() []error {
	return append([]error{first(e.Errs)}, e.Errs...)
}
