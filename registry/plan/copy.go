package plan

import (
	"errors"
	"slices"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Copy decides what has to be written so that the targets hold an image as it is, byte for byte: a plan for
// each target. With Platforms, the copy is a smaller index.
func Copy(s spec.Spec, state State, o Options) (plans []TargetPlan, notes []string, err error) {
	p := newPlanner(s, state, o)
	if err := p.copy(); err != nil {
		return nil, p.notes, err
	}
	if err := p.addReferrers(); err != nil {
		return nil, p.notes, err
	}
	plans, err = p.plansForTargets()
	return plans, p.notes, err
}

func (p *planner) copy() error {
	if d := p.state.Unchanged; d != nil {
		p.plan.Index, p.plan.Unread = registry.Manifest{MediaType: d.MediaType, Digest: d.Digest}, d
		return nil
	}
	tree := p.state.Tree
	p.plan.Index = tree.Manifest
	var entries []Entry
	for _, n := range tree.Descendants {
		e := entryOf(n, sourceOf(n))
		if n.Kind == index.Image {
			e.Platform = PlatformOf(spec.Entry{}, n)
		}
		entries = append(entries, e)
	}
	p.setEntries(entries)
	if len(p.options.Platforms) > 0 {
		if err := p.filterPlatforms(); err != nil {
			return err
		}
	}
	if tree.Manifest.Synthesized && len(p.options.Platforms) == 0 {
		p.note("%s names several images: they are copied as a new index, %s", tree.Reference, tree.Manifest.Digest)
	}
	if err := errors.Join(p.reachable(), p.require()); err != nil {
		return err
	}
	if !tree.Manifest.MediaType.IsIndex() && !p.spec.PlatformTags.IsZero() {
		p.note("%s is a single image, so --platform-tags has no effect", tree.Reference)
		p.spec.PlatformTags = spec.PlatformTags{}
	}
	return nil
}

// filterPlatforms keeps the images for some platforms, with their attestations and companions, in a new index.
func (p *planner) filterPlatforms() error {
	tree := p.state.Tree
	if !tree.Manifest.MediaType.IsIndex() {
		return registry.Errorf(registry.ErrInvalid, "--platforms: %s is a single image, not an index", tree.Reference)
	}
	x, err := tree.index()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(x.Entries, func(e index.Entry) bool { return e.Kind == index.Nested }) {
		return registry.Errorf(registry.ErrInvalid, "--platforms: %s contains a nested index, which cannot be filtered by platform", tree.Reference)
	}
	selected, lacking := index.Select(x.Entries, p.options.Platforms)
	if len(lacking) > 0 {
		return noneForPlatforms(lacking, index.Platforms(x.Entries))
	}
	var kept []index.Entry
	var entries []Entry
	for i, e := range x.Entries {
		if selected[i] {
			kept = append(kept, e)
			entries = append(entries, p.manifestsOf(e, nil)...)
		}
	}
	if len(kept) == len(x.Entries) {
		return nil // the index is copied as it is
	}
	p.note("--platforms creates a new index: referrers of %s itself, such as its signatures, are not copied", tree.Reference)
	x.Entries = kept
	p.setEntries(entries)
	p.plan.Index, err = x.Manifest()
	return err
}
