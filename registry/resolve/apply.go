package resolve

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Apply reads what the targets of plans hold now: their tags, and the manifests of the plans. The plans are those of one
// image. No tag of a source is read.
func Apply(ctx context.Context, session registry.Session, plans []plan.TargetPlan, o plan.Options) (plan.State, error) {
	state := plan.State{Targets: make([]plan.TargetState, len(plans))}
	err := parallel.Each(ctx, len(plans), func(ctx context.Context, i int) error {
		t, err := openTarget(ctx, session, plans[i].Target, len(plans) == 1)
		if t.brief = o.Brief; err == nil {
			err = applied{t, session, plans[i].Plan}.read(ctx)
		}
		state.Targets[i] = t.state
		return err
	})
	return state, err
}

// An applied reads what one target holds of its plan.
type applied struct {
	*target
	session registry.Session
	plan    plan.Plan
}

func (a applied) read(ctx context.Context) error {
	var tags []string
	for _, u := range a.plan.TagUpdates {
		tags = append(tags, u.Tag)
	}
	reads := []func(context.Context) error{func(ctx context.Context) error { return a.readTags(ctx, tags) }}
	var seen []v1.Hash
	for _, e := range a.plan.AllEntries() {
		if !slices.Contains(seen, e.Descriptor.Digest) {
			seen = append(seen, e.Descriptor.Digest)
			reads = append(reads, func(ctx context.Context) error { return a.entry(ctx, e) })
		}
	}
	for _, r := range a.plan.Referrers {
		reads = append(reads, func(ctx context.Context) error { return a.referrer(ctx, r) })
	}
	return parallel.Each(ctx, len(reads), func(ctx context.Context, i int) error { return reads[i](ctx) })
}

// entry finds out whether the target holds a manifest. One that stays where it is must exist.
func (a applied) entry(ctx context.Context, e plan.Entry) error {
	if e.From != a.place {
		return a.checkPresent(ctx, e.Descriptor.Digest, e.From)
	}
	if a.isLost() {
		return nil
	}
	ref := spec.Reference{Place: a.place, Digest: e.Descriptor.Digest}
	_, err := a.repository.Describe(ctx, registry.RefOf(ref))
	if errors.Is(err, registry.ErrNotFound) {
		return &plan.SourceError{Reference: ref, Err: err}
	}
	if err == nil {
		a.setPresent(ref.Digest)
	}
	return a.keepError(ctx, registry.WrapOp("read", ref, err))
}

func (a applied) referrer(ctx context.Context, r plan.PlannedReferrer) error {
	source, err := a.session.Open(ctx, r.From)
	if err != nil {
		return registry.WrapOp("open", r.From, err)
	}
	known := plan.Referrer{Node: plan.Node{Entry: r.Entry.Entry, Place: r.From}}
	if r.TagUpdate != nil {
		known.Tag = r.TagUpdate.Tag
	}
	return a.checkReferrer(ctx, known, source)
}

// Sources checks that the sources still hold what has to be copied, and that it is what the plans say. A session keeps
// what is read here for the copies.
func Sources(ctx context.Context, session registry.Session, plans []plan.TargetPlan) error {
	needed := neededOf(plans)
	gone := make([]error, len(needed))
	err := parallel.Each(ctx, len(needed), func(ctx context.Context, i int) error {
		err := checkSource(ctx, session, needed[i])
		if source := (*plan.SourceError)(nil); errors.As(err, &source) {
			gone[i] = err
			return nil
		}
		return err
	})
	return errors.Join(append(gone, err)...)
}

// neededOf are the manifests that have to be copied, each once from each place.
func neededOf(plans []plan.TargetPlan) []plan.Entry {
	var needed []plan.Entry
	seen := map[spec.Reference]bool{}
	for _, p := range plans {
		if p.Err != nil {
			continue
		}
		for _, e := range p.AllEntries() {
			ref := spec.Reference{Place: e.From, Digest: e.Descriptor.Digest}
			if e.Copy && !seen[ref] {
				seen[ref] = true
				needed = append(needed, e)
			}
		}
	}
	return needed
}

func checkSource(ctx context.Context, session registry.Session, e plan.Entry) error {
	ref := spec.Reference{Place: e.From, Digest: e.Descriptor.Digest}
	source, err := session.Open(ctx, e.From)
	if err != nil {
		return registry.WrapOp("open", e.From, err)
	}
	m, err := source.Manifest(ctx, registry.RefOf(ref))
	if errors.Is(err, registry.ErrNotFound) {
		return &plan.SourceError{Reference: ref, Err: err}
	}
	if err == nil {
		err = e.Check(m)
	}
	return registry.WrapOp("read", ref, err)
}
