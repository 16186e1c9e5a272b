package resolve

import (
	"context"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// ResolveEdit finds the index that is edited, and what is added to it. The tag is read once: where it is
// the one that moves, it has to hold then what was found here.
func Edit(ctx context.Context, session registry.Session, e spec.Edit) (plan.ImageTree, plan.State, error) {
	s := e.Spec
	s.Targets = slices.Clone(s.Targets)
	for i, t := range s.Targets {
		if t.Place == e.Index.Place {
			s.Targets[i].Tags = slices.DeleteFunc(slices.Clone(t.Tags), func(tag string) bool { return tag == e.Index.Tag })
		}
	}
	r, err := newResolver(ctx, session, s)
	if err != nil {
		return plan.ImageTree{}, plan.State{}, err
	}
	o, err := r.original(ctx, e.Index)
	if err != nil {
		return o, plan.State{}, err
	}
	if err = r.readAll(ctx); err == nil {
		present := e.Index
		present.Digest = o.Manifest.Digest
		err = r.keepMissing(ctx, present)
	}
	if err == nil {
		err = r.platformTags(ctx, e.Spec.Targets, plan.ResolvedEntry{Nodes: o.Descendants})
	}
	state := plan.State{Entries: r.found, Targets: r.targetStates()}
	for i, t := range s.Targets {
		if t.Place == e.Index.Place && e.Index.Digest == (v1.Hash{}) {
			state.Targets[i].Tags[e.Index.Tag] = o.Manifest.Digest
		}
	}
	return o, state, err
}
