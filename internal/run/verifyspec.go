package run

import (
	"context"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/verify"
	"github.com/manifest-tool/manifest-tool/spec"
)

// spec compares the targets of a spec with what the spec would push, and verifies what the targets hold.
func (v *verifier) spec(ctx context.Context, s subject) []verify.Result {
	o := v.o.PushOptions
	o.Strict, o.Require = false, nil // the verification judges what the targets hold
	plans, err := v.pushedPlans(ctx, *s.spec, o)
	if err != nil {
		return []verify.Result{{Subject: s.Word, Reference: spec.Reference{Place: s.spec.Targets[0].Place}, Err: err}}
	}
	var results []verify.Result
	for _, pl := range plans {
		results = append(results, v.target(ctx, s.Word, pl)...)
	}
	return results
}

// pushedPlans are the plans of a spec. A tag may hold what the spec makes with --record-sources: that is no drift.
func (v *verifier) pushedPlans(ctx context.Context, s spec.Spec, o PushOptions) ([]plan.TargetPlan, error) {
	plans, _, err := v.pushPlans(s, o)(ctx, v.session)
	if err != nil || !slices.ContainsFunc(plans, differs) {
		return plans, err
	}
	o.RecordSources = true
	recorded, _, err := v.pushPlans(s, o)(ctx, v.session)
	if err == nil && !slices.ContainsFunc(recorded, differs) {
		return recorded, nil
	}
	return plans, ctx.Err()
}

// differs reports whether a tag of the index holds something else than a plan would put there.
func differs(pl plan.TargetPlan) bool {
	return slices.ContainsFunc(pl.TagUpdates, func(u plan.TagUpdate) bool {
		return u.IsForIndex() && u.From != u.To && u.From != (v1.Hash{})
	})
}

// target verifies a target of a spec: each image that its tags hold, once.
func (v *verifier) target(ctx context.Context, word string, pl plan.TargetPlan) []verify.Result {
	if pl.Err != nil {
		return []verify.Result{{Subject: word, Reference: spec.Reference{Place: pl.Target}, Err: pl.Err}}
	}
	if len(pl.TagUpdates) == 0 {
		return []verify.Result{v.byDigest(ctx, word, pl.Plan)}
	}
	var results []verify.Result
	for i, u := range pl.TagUpdates {
		same := func(o plan.TagUpdate) bool { return o.From == u.From && o.IsForIndex() == u.IsForIndex() }
		if first := slices.IndexFunc(pl.TagUpdates, same); first == i {
			results = append(results, v.held(ctx, word, pl.Plan, u, same))
		}
	}
	return results
}

// byDigest verifies the index of a spec without tags.
func (v *verifier) byDigest(ctx context.Context, word string, pl plan.Plan) verify.Result {
	ref := spec.Reference{Place: pl.Target, Digest: pl.Index.Digest}
	result := v.image(ctx, word, ref, verify.Options{Require: v.o.Require, Exact: v.o.Exact})
	if missing(result.Err) {
		return verify.Result{Subject: word, Reference: ref, Findings: []verify.Finding{verify.MissingIndex(pl)}}
	}
	return result
}

// held verifies what some tags hold. They all hold the same, or do not exist.
func (v *verifier) held(ctx context.Context, word string, pl plan.Plan, first plan.TagUpdate, same func(plan.TagUpdate) bool) verify.Result {
	ref := spec.Reference{Place: pl.Target, Tag: first.Tag}
	result := verify.Result{Subject: word, Reference: ref}
	var contents verify.Contents
	if first.From != (v1.Hash{}) {
		ref.Digest = first.From
		var o verify.Options
		if first.IsForIndex() {
			o = verify.Options{Require: v.o.Require, Exact: v.o.Exact}
		}
		if result = v.image(ctx, word, ref, o); result.Err != nil {
			return result
		}
		contents, _ = v.reader.Contents(ctx, ref) // everything is known
	}
	var tags []plan.TagUpdate
	result.Tags = nil
	for _, u := range pl.TagUpdates {
		if same(u) {
			result.Tags, tags = append(result.Tags, u.Tag), append(tags, u)
		}
	}
	result.Findings = append(verify.Drift(pl, tags, contents), result.Findings...)
	return result
}
