package run

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// foresee finds images whose sources a run would push first. A run that sends nothing reads these sources as they are now,
// so its result is that of before. A dry run warns, and a plan is an error: apply would push the old sources.
func foresee(images iter.Seq[image], isPlan bool) iter.Seq[image] {
	var moved sync.Map // the names of images, by their numbers
	return func(yield func(image) bool) {
		n := 0
		for image := range images {
			if !yield(foreseen(image, n, &moved, isPlan)) {
				return
			}
			n++
		}
	}
}

func foreseen(i image, n int, moved *sync.Map, isPlan bool) image {
	decide := i.decide
	i.decide = func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
		before := ""
		for _, k := range i.after {
			if name, ok := moved.Load(k); ok && before == "" {
				before = name.(string)
			}
		}
		if before != "" && isPlan {
			return nil, nil, output.Usagef("%s takes images from the target of %s, which the plan changes: plan and apply %[2]s first", i.name, before)
		}
		plans, notes, err := decide(ctx, session)
		if before != "" || slices.ContainsFunc(plans, movesTags) {
			moved.Store(n, i.name)
		}
		if before != "" {
			notes = append(notes, "the dry run reads the target of "+before+" as it is now, but a push changes that target before it reads the sources of "+i.name)
		}
		return plans, notes, err
	}
	return i
}

func movesTags(p plan.TargetPlan) bool {
	return slices.ContainsFunc(p.TagUpdates, func(u plan.TagUpdate) bool { return u.From != u.To })
}
