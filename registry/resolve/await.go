package resolve

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// The pauses between two looks at missing sources: they double from the first to the last.
const (
	firstPause = time.Second
	lastPause  = 15 * time.Second
)

// AwaitOptions are the time limit and the images of a wait.
type AwaitOptions struct {
	For time.Duration
	// Plan decides which sources are needed.
	Plan plan.Options
	// Waiting, if not nil, is called once for each missing source.
	Waiting func(spec.Reference)
}

// Await waits for sources on registries that do not exist yet. What is not there in the end, or cannot
// be read, is for [Resolve] to find.
func Await(ctx context.Context, session registry.Session, s spec.Spec, o AwaitOptions) error {
	var lacking []spec.Reference
	for _, e := range s.Entries {
		if e.Source.Place.Kind == spec.Registry && o.Plan.Concerns(e) && !slices.Contains(lacking, e.Source) {
			lacking = append(lacking, e.Source)
		}
	}
	deadline := time.Now().Add(o.For)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		there := make([]bool, len(lacking))
		err := parallel.Each(ctx, len(lacking), func(ctx context.Context, i int) error {
			there[i] = !isMissing(ctx, session, lacking[i])
			return ctx.Err()
		})
		if err != nil {
			return err
		}
		var still []spec.Reference
		for i, ref := range lacking {
			if there[i] {
				continue
			}
			if still = append(still, ref); pause == firstPause && o.Waiting != nil {
				o.Waiting(ref)
			}
		}
		left := time.Until(deadline)
		if lacking = still; len(lacking) == 0 || left <= 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(pause/2+rand.N(pause/2), left)):
		}
	}
}

// isMissing reports whether a registry says that something does not exist.
func isMissing(ctx context.Context, session registry.Session, ref spec.Reference) bool {
	repository, err := session.Open(ctx, ref.Place)
	if err == nil {
		_, err = repository.Describe(ctx, registry.RefOf(ref))
	}
	return errors.Is(err, registry.ErrNotFound)
}
