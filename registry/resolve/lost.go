package resolve

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// lostTime limits the look at referrers, which a plan does not need.
const lostTime = 5 * time.Second

// LostReferrers finds out which tags of indexes would move from a manifest with signatures or other referrers to one
// without, and says so in the plans. What a target does not show is not known, and no error.
func LostReferrers(ctx context.Context, session registry.Session, plans []plan.TargetPlan) error {
	limited, cancel := context.WithTimeout(ctx, lostTime)
	defer cancel()
	err := parallel.Each(limited, len(plans), func(ctx context.Context, i int) error {
		if plans[i].Err != nil {
			return nil
		}
		target, err := session.Open(ctx, plans[i].Target)
		if err != nil {
			return registry.WrapOp("open", plans[i].Target, err)
		}
		l := lostReferrers{target: target, plan: plans[i].Plan, known: map[v1.Hash]*bool{}}
		for k := range plans[i].TagUpdates {
			if u := &plans[i].TagUpdates[k]; u.IsForIndex() && u.From != (v1.Hash{}) && u.From != u.To {
				u.LosesReferrers = l.loses(ctx, *u)
			}
		}
		return nil
	})
	return cmp.Or(ctx.Err(), err)
}

// lostReferrers looks at each manifest of a target once.
type lostReferrers struct {
	target registry.Repository
	plan   plan.Plan
	known  map[v1.Hash]*bool
}

func (l lostReferrers) loses(ctx context.Context, u plan.TagUpdate) *bool {
	before := l.has(ctx, u.From)
	if before == nil || !*before {
		return before
	}
	planned := func(r plan.PlannedReferrer) bool { return r.Subject == u.To }
	if slices.ContainsFunc(l.plan.Referrers, planned) {
		return new(bool)
	}
	after := l.has(ctx, u.To)
	if after != nil {
		loses := !*after
		return &loses
	}
	return nil
}

// has reports whether a manifest of the target has referrers; nil if that is not known.
func (l lostReferrers) has(ctx context.Context, digest v1.Hash) *bool {
	if has, ok := l.known[digest]; ok {
		return has
	}
	answers := make([]*bool, 1+len(spec.CosignSuffixes))
	parallel.Each(ctx, len(answers), func(ctx context.Context, i int) error {
		if i == 0 {
			answers[i] = l.listed(ctx, digest)
		} else {
			answers[i] = l.tagged(ctx, registry.ReferrersTag(digest)+spec.CosignSuffixes[i-1])
		}
		return nil
	})
	has := new(bool)
	for _, answer := range answers {
		if answer != nil && *answer {
			has = answer
			break
		}
		if answer == nil {
			has = nil
		}
	}
	l.known[digest] = has
	return has
}

func (l lostReferrers) listed(ctx context.Context, digest v1.Hash) *bool {
	listed, err := registry.ListReferrers(ctx, l.target, registry.ReferrersQuery{Subject: digest})
	has := len(listed.Value) > 0
	if err != nil || !has && listed.Reason != nil {
		return nil
	}
	return &has
}

func (l lostReferrers) tagged(ctx context.Context, tag string) *bool {
	_, err := l.target.Describe(ctx, registry.Ref{Tag: tag})
	if err != nil && !errors.Is(err, registry.ErrNotFound) {
		return nil
	}
	has := err == nil
	return &has
}
