package push_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/push"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// refusing is a world in which one place takes no manifests, and another takes a second for each.
type refusing struct {
	*world
	refuses, slow spec.Place
}

var errNo = registry.Errorf(registry.ErrRefused, "no")

func (r refusing) Open(ctx context.Context, place spec.Place) (registry.Repository, error) {
	repository, err := r.world.Open(ctx, place)
	return refusingRepository{repository, place, r}, err
}

type refusingRepository struct {
	registry.Repository
	place spec.Place
	world refusing
}

func (r refusingRepository) PutManifest(ctx context.Context, ref registry.Ref, m registry.Manifest) error {
	switch r.place {
	case r.world.refuses:
		return errNo
	case r.world.slow:
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return r.Repository.PutManifest(ctx, ref, m)
}

// One target that fails does not stop the others, unless that is wanted.
func TestPushAll(t *testing.T) {
	for _, failFast := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := &world{}
			s := target("1.0")
			s.Entries = append(s.Entries, w.add(t, "example.com/build:amd64", image("amd64")))
			for _, name := range []string{"example.com/refuses", "example.com/slow"} {
				ref, _ := spec.ParseReference(name)
				s.Targets = append(s.Targets, spec.Target{Place: ref.Place, Tags: []string{"1.0"}})
			}
			session := refusing{w, s.Targets[1].Place, s.Targets[2].Place}
			state, err := resolve.Push(t.Context(), session, s, plan.Options{})
			if err != nil {
				t.Fatal(err)
			}
			plans, _, err := plan.Push(s, state, plan.Options{})
			if err != nil || len(plans) != 3 {
				t.Fatalf("%d plans, %v", len(plans), err)
			}
			reports, err := push.All(t.Context(), session, plans, push.Options{FailFast: failFast})
			var failed *push.TargetsError
			if !errors.As(err, &failed) || !errors.Is(failed.Errs[1], errNo) {
				t.Fatalf("error %v", err)
			}
			if stopped := failed.Errs[2] != nil; stopped != failFast {
				t.Errorf("fail-fast is %v, and the slow target ends with %v", failFast, failed.Errs[2])
			}
			if got := statuses(reports[0]); !failFast && (got != "1.0 created" || !failed.Partial()) {
				t.Errorf("the first target: %s, %v", got, err)
			}
			if got := statuses(reports[1]); got != "1.0 failed" {
				t.Errorf("the target that refuses: %s", got)
			}
		})
	}
}
