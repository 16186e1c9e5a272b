package run

import (
	"context"
	"slices"
	"sync"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// foresee returns what lets each image of a dry run find what the images before it would push. Needed are the numbers of
// images that make sources of others. A plan cannot contain both: apply checks all sources before it pushes the first image.
func foresee(needed map[int]bool, isPlan bool) func(image) image {
	f := &foresight{places: foreseenPlaces{}}
	return func(i image) image {
		if isPlan {
			i.decide = f.refusing(i)
		} else {
			i.decide = f.keeping(i, needed[i.number])
		}
		return i
	}
}

// A foresight is what the images of a dry run would push, as far as others need it.
type foresight struct {
	moved  sync.Map // the names of images that change a tag, by their numbers
	mu     sync.Mutex
	places foreseenPlaces
}

// keeping is the decision of an image in a dry run.
func (f *foresight) keeping(i image, isNeeded bool) decision {
	return func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
		if len(i.after) > 0 {
			session = foreseenSession{session, f}
		}
		plans, notes, err := i.decide(ctx, session)
		if isNeeded {
			f.mu.Lock()
			defer f.mu.Unlock()
			for _, p := range plans {
				f.places.add(p)
			}
		}
		return plans, notes, err
	}
}

// refusing is the decision of an image in a plan.
func (f *foresight) refusing(i image) decision {
	return func(ctx context.Context, session registry.Session) ([]plan.TargetPlan, []string, error) {
		for _, k := range i.after {
			if name, ok := f.moved.Load(k); ok {
				return nil, nil, output.Usagef("%s takes images from the target of %s, which the plan changes: plan and apply %[2]s first", i.name, name)
			}
		}
		plans, notes, err := i.decide(ctx, session)
		if slices.ContainsFunc(plans, movesTags) {
			f.moved.Store(i.number, i.name)
		}
		return plans, notes, err
	}
}

func movesTags(p plan.TargetPlan) bool {
	return slices.ContainsFunc(p.TagUpdates, func(u plan.TagUpdate) bool { return u.From != u.To })
}
