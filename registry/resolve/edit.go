package resolve

import (
	"context"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Edit reads the index that is edited, and what is added to it. The tag is read once: where it is the tag
// that moves, it has to hold then what was read here.
func Edit(ctx context.Context, session registry.Session, e spec.Edit, o plan.Options) (plan.State, error) {
	s := e.Spec
	s.Targets = slices.Clone(s.Targets)
	for i, t := range s.Targets {
		if t.Place == e.Index.Place {
			s.Targets[i].Tags = slices.DeleteFunc(slices.Clone(t.Tags), func(tag string) bool { return tag == e.Index.Tag })
		}
	}
	r, err := newResolver(ctx, session, s, o)
	if err != nil {
		return plan.State{}, err
	}
	r.changes, r.removes = true, e.Remove
	tree, err := r.tree(ctx, e.Index)
	if err != nil {
		return plan.State{}, err
	}
	if err = r.readAll(ctx); err == nil {
		present := e.Index
		present.Digest = tree.Manifest.Digest
		err = r.keepMissing(ctx, present)
	}
	if err == nil {
		err = r.platformTags(ctx, e.Spec.Targets, tree.Descendants, platformsSet(e)...)
	}
	state := r.state()
	state.Tree = tree
	for i, t := range s.Targets {
		if t.Place == e.Index.Place && e.Index.Digest == (v1.Hash{}) {
			state.Targets[i].Tags[e.Index.Tag] = tree.Manifest.Digest
			state.Targets[i].Held[tree.Manifest.Digest] = plan.NewHeldImage(tree.Manifest)
		}
	}
	return state, err
}

// platformsSet returns the platforms that an edit sets for images.
func platformsSet(e spec.Edit) []v1.Platform {
	var platforms []v1.Platform
	for _, placed := range e.Placed {
		platforms = append(platforms, placed.To)
	}
	return platforms
}

// Copy reads the image that a spec has as its only entry, all that is below it, and what the targets hold
// of it.
func Copy(ctx context.Context, session registry.Session, s spec.Spec, o plan.Options) (plan.State, error) {
	r, err := newResolver(ctx, session, s, o)
	if err != nil {
		return plan.State{}, err
	}
	readTags := func(ctx context.Context, i int) error { return r.targets[i].readTags(ctx, s.Targets[i].Tags) }
	n := len(r.targets)
	if o.Source != nil && !withoutTags(s) { // a copy by digest has no tags that could hold it
		if err := parallel.Each(ctx, n, readTags); err != nil || r.hold(o.Source.Digest) {
			state := r.state()
			state.Unchanged = o.Source
			return state, err
		}
		n = 0
	}
	var tree *plan.ImageTree
	err = parallel.Each(ctx, 1+n, func(ctx context.Context, i int) (err error) {
		if i > 0 {
			return readTags(ctx, i-1)
		}
		tree, err = r.tree(ctx, s.Entries[0].Source)
		return err
	})
	if err == nil {
		err = r.platformTags(ctx, s.Targets, tree.Descendants)
	}
	state := r.state()
	state.Tree = tree
	return state, err
}

// withoutTags reports whether a target gets the image by digest only.
func withoutTags(s spec.Spec) bool {
	return slices.ContainsFunc(s.Targets, func(t spec.Target) bool { return len(t.Tags) == 0 })
}

// hold reports whether all tags of all targets hold a manifest. The tags were read.
func (r resolver) hold(digest v1.Hash) bool {
	for i, t := range r.targets {
		for _, tag := range r.spec.Targets[i].Tags {
			if t.state.Tags[tag] != digest || t.state.Err != nil {
				return false
			}
		}
	}
	return true
}
