package plan

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/attest"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A PlannedReferrer is a referrer that the target gets before a tag of the image moves, so that the image is never
// visible without its signatures.
type PlannedReferrer struct {
	Entry            // the referrer itself; its Subject is the manifest that it is about
	Children []Entry // what is below it
	// TagUpdate sets cosign's tag. It is nil for a manifest that names its subject, which the target lists.
	TagUpdate *TagUpdate `json:",omitempty"`
	// Needed is false where the target has it.
	Needed bool
	// Made is the referrer itself where no place has it, because this plan has made it.
	Made *attest.Referrer `json:",omitempty"`
	// Covered reports that cosign's tag holds all of it, and more, in another manifest, which stays.
	Covered bool
}

// All are the manifests of the referrer: what is below it, and the referrer.
func (r PlannedReferrer) All() []Entry { return append(slices.Clone(r.Children), r.Entry) }

// addReferrers puts the referrers of all that the plan holds into the plan.
func (p *planner) addReferrers() error {
	kept := map[v1.Hash]bool{p.plan.Index.Digest: true}
	for _, e := range p.plan.Entries {
		kept[e.Descriptor.Digest] = true
	}
	for _, digest := range p.state.GoneReferrers {
		p.note("%s is listed as a referrer, but does not exist: skipped", digest)
	}
	for _, h := range p.state.HiddenReferrers {
		if err := p.warnOrFail("%s may have signatures and other referrers that cannot be read: %w", h.Place, h.Err); err != nil {
			return err
		}
	}
	for _, r := range p.state.Referrers {
		if !kept[r.Subject] {
			continue
		}
		again, err := p.alreadyTagged(r)
		if err != nil {
			return err
		}
		if again {
			continue
		}
		planned := PlannedReferrer{Entry: entryOf(r.Node, sourceOf(r.Node))}
		if r.Tag != "" {
			planned.TagUpdate = &TagUpdate{Tag: r.Tag, To: r.Descriptor.Digest}
		}
		for _, n := range r.Descendants {
			planned.Children = append(planned.Children, entryOf(n, sourceOf(n)).forPlan())
		}
		for _, e := range planned.All() {
			kept[e.Descriptor.Digest] = true
		}
		p.plan.Referrers = append(p.plan.Referrers, planned)
	}
	return nil
}

// alreadyTagged reports whether the plan sets a tag of cosign to the same referrer already, which two repositories
// with one image may both have. The target has no place for two referrers under one tag.
func (p *planner) alreadyTagged(r Referrer) (bool, error) {
	for _, o := range p.plan.Referrers {
		switch {
		case r.Tag == "" || o.TagUpdate == nil || o.TagUpdate.Tag != r.Tag:
		case o.Descriptor.Digest == r.Descriptor.Digest:
			return true, nil
		default:
			return false, registry.Errorf(registry.ErrInvalid, "%s and %s have different manifests under the tag %s for %s: the target can hold only one of them",
				o.From, r.Place, r.Tag, r.Subject)
		}
	}
	return false, nil
}

// forTarget plans the writes of a referrer for a target.
func (r PlannedReferrer) forTarget(target spec.Place, state TargetState, force bool) (PlannedReferrer, error) {
	if r.From == target {
		return r, nil // it is where it is
	}
	r.Children = slices.Clone(r.Children)
	for i := range r.Children {
		c := &r.Children[i]
		c.Copy = !state.Present[c.Descriptor.Digest] || force
		r.Needed = r.Needed || c.Copy
	}
	r.Copy = !state.Present[r.Descriptor.Digest] || force
	r.Needed = r.Needed || r.Copy
	if r.TagUpdate == nil {
		r.Needed = r.Needed || !state.Listed[ReferrerKey{r.Subject, r.Descriptor.Digest}]
		r.Copy = r.Needed // the PUT shows whether the registry lists it
		return r, nil
	}
	update := *r.TagUpdate
	update.From, update.Pinned = state.Tags[update.Tag], true // another client may sign there at any time
	update.Needed = update.From != update.To || force
	r.TagUpdate, r.Needed = &update, r.Needed || update.Needed
	switch {
	case force:
	case state.TargetIsSuperset[update.Tag]:
		return r.covered(), nil
	case state.TargetHasExtra[update.Tag]:
		return r, registry.Errorf(registry.ErrRefused, "%s holds signatures or other data about %s that the source does not have: the tag was not changed (use --force to replace it)",
			spec.Reference{Place: target, Tag: update.Tag}, r.Subject)
	}
	return r, nil
}

// covered is a referrer whose content the target has completely, together with more content in the same manifest.
func (r PlannedReferrer) covered() PlannedReferrer {
	for i := range r.Children {
		r.Children[i].Copy = false
	}
	r.Copy, r.Covered, r.Needed, r.TagUpdate.Needed = false, true, false, false
	return r
}

// AllEntries are all manifests that the target holds in the end: the entries of the index, and referrers.
func (p Plan) AllEntries() []Entry {
	all := slices.Clone(p.Entries)
	for _, r := range p.Referrers {
		if !r.Covered {
			all = append(all, r.All()...)
		}
	}
	return all
}
