package plan

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Referral is something about an image that the target gets beside it, before a tag of the image moves:
// so nobody ever finds the image without its signatures.
type PlannedReferrer struct {
	Subject v1.Hash
	Entries []Entry // it itself, behind all that is below it
	// Move sets cosign's tag; nil for what names its subject, which the target has to list.
	TagUpdate *TagUpdate
	// Needed is false where all of it is there.
	Needed bool
	// Covered says that cosign's tag holds all of it, and more, in another manifest, which stays.
	Covered bool
}

// Manifest is what it is about the subject.
func (r PlannedReferrer) Manifest() v1.Descriptor { return r.Entries[len(r.Entries)-1].Descriptor }

// refer puts what is about the images of the plan into it.
func (p *planner) refer(original ImageTree) {
	kept := map[v1.Hash]bool{p.plan.Index.Digest: true}
	for _, e := range p.plan.Entries {
		kept[e.Descriptor.Digest] = true
	}
	for _, digest := range original.Gone {
		p.note("%s is listed as a referrer, but it is gone: left out", digest)
	}
	for _, r := range original.Referrers {
		if !kept[r.Subject] {
			continue
		}
		referral := PlannedReferrer{Subject: r.Subject}
		if r.Tag != "" {
			referral.TagUpdate = &TagUpdate{Tag: r.Tag, To: r.Digest()}
		}
		for _, image := range r.Nodes {
			kept[image.Descriptor.Digest] = true
			referral.Entries = append(referral.Entries, Entry{
				Descriptor: image.Descriptor,
				Source:     spec.Reference{Place: image.Place, Digest: image.Descriptor.Digest}.String(),
				From:       image.Place,
				Blobs:      image.Blobs,
			})
		}
		p.plan.Referrers = append(p.plan.Referrers, referral)
	}
}

// at is what has to be done about a referral at a target.
func (r PlannedReferrer) forTarget(target spec.Place, held TargetState, force bool) (PlannedReferrer, error) {
	r.Entries = slices.Clone(r.Entries)
	if r.Entries[0].From == target {
		return r, nil // it is where it is
	}
	for i := range r.Entries {
		e := &r.Entries[i]
		e.Copy = !held.Present[e.Descriptor.Digest] || force
		r.Needed = r.Needed || e.Copy
	}
	itself := &r.Entries[len(r.Entries)-1]
	if r.TagUpdate == nil {
		r.Needed = r.Needed || !held.Listed[ReferrerKey{r.Subject, itself.Descriptor.Digest}]
		itself.Copy = r.Needed // whether it will be listed shows when it is put
		return r, nil
	}
	move := *r.TagUpdate
	move.From, move.Pinned = held.Tags[move.Tag], true // somebody may sign there at any time
	move.Needed = move.From != move.To || force
	r.TagUpdate, r.Needed = &move, r.Needed || move.Needed
	switch {
	case force:
	case held.TargetIsSuperset[move.Tag]:
		return r.covered(), nil
	case held.TargetHasExtra[move.Tag]:
		return r, registry.Errorf(registry.ErrRefused, "%s holds something about %s that the source does not, and would lose it: nothing was written there (--force replaces it)",
			spec.Reference{Place: target, Tag: move.Tag}, r.Subject)
	}
	return r, nil
}

// covered is a referral of which the target has all, with more of its own in the same manifest.
func (r PlannedReferrer) covered() PlannedReferrer {
	for i := range r.Entries {
		r.Entries[i].Copy = false
	}
	r.Covered, r.Needed, r.TagUpdate.Needed = true, false, false
	return r
}

// all is everything that the target has in the end: what the index holds, and what is about that.
func (p Plan) AllEntries() []Entry {
	all := slices.Clone(p.Entries)
	for _, r := range p.Referrers {
		if !r.Covered {
			all = append(all, r.Entries...)
		}
	}
	return all
}
