package run

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// foresee finds images whose sources a run would push first. A run that sends nothing reads these sources as they are now,
// so its result is that of before. A dry run warns, and a plan is an error: apply would push the old sources.
func foresee(images []image, isPlan bool) {
	moved := make([]atomic.Bool, len(images))
	for i := range images {
		decide := images[i].decide
		images[i].decide = func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
			at := slices.IndexFunc(images[i].after, func(k int) bool { return moved[k].Load() })
			if at >= 0 && isPlan {
				return nil, nil, output.Usagef("%s takes images from the target of %s, which the plan changes: plan and apply %[2]s first", images[i].name, images[images[i].after[at]].name)
			}
			plans, notes, err := decide(ctx, session)
			moved[i].Store(at >= 0 || slices.ContainsFunc(plans, movesTags))
			if at >= 0 {
				notes = append(notes, "the dry run reads the target of "+images[images[i].after[at]].name+" as it is now, but a push changes that target before it reads the sources of "+images[i].name)
			}
			return plans, notes, err
		}
	}
}

func movesTags(p plan.TargetPlan) bool {
	return slices.ContainsFunc(p.TagUpdates, func(u plan.TagUpdate) bool { return u.From != u.To })
}
