package push

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// All carries out the plans of several targets at the same time, with a report for each. The failure of one target
// does not stop the others, unless FailFast is set.
func All(ctx context.Context, session registry.Session, plans []plan.TargetPlan, o Options) ([]Report, error) {
	reports, errs := make([]Report, len(plans)), make([]error, len(plans))
	failed := parallel.Each(ctx, len(plans), func(ctx context.Context, i int) error {
		reports[i] = newReport(plans[i].Plan)
		if errs[i] = plans[i].Err; errs[i] == nil {
			reports[i], errs[i] = Do(ctx, session, plans[i].Plan, o)
		}
		if o.FailFast || len(plans) == 1 {
			return errs[i]
		}
		return nil
	})
	if len(plans) == 1 || parallel.First(errs) == nil {
		return reports, failed
	}
	if o.FailFast && ctx.Err() == nil {
		for i, err := range errs {
			if errors.Is(err, context.Canceled) {
				errs[i] = fmt.Errorf("push %s: stopped after the failure of another target (--fail-fast)", plans[i].Target)
			}
		}
	}
	moved := func(r Report) bool { return slices.ContainsFunc(r.Tags, TagReport.moved) }
	return reports, &TargetsError{errs, slices.ContainsFunc(reports, moved)}
}

// A TargetsError says which of several targets failed.
type TargetsError struct {
	Errs  []error // for each target; nil for a target that is done
	Moved bool    // whether any tag moved, even if a later step failed
}

// Partial reports whether any target is done, or a part of one.
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

// Unwrap returns the errors. The first one is not the mere result of another error.
func (e *TargetsError) Unwrap() []error {
	return append([]error{parallel.First(e.Errs)}, e.Errs...)
}
