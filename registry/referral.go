package registry

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A Referral is something about an image that the target gets beside it, before a tag of the image moves:
// so nobody ever finds the image without its signatures.
type Referral struct {
	Subject v1.Hash
	Entries []Planned // it itself, behind all that is below it
	// Move sets cosign's tag; nil for what names its subject, which the target has to list.
	Move *Move
	// Needed is false where all of it is there.
	Needed bool
	// Covered says that cosign's tag holds all of it, and more, in another manifest, which stays.
	Covered bool
}

// Manifest is what it is about the subject.
func (r Referral) Manifest() v1.Descriptor { return r.Entries[len(r.Entries)-1].Manifest }

// refer puts what is about the images of the plan into it.
func (p *planner) refer(original Original) {
	kept := map[v1.Hash]bool{p.plan.Index.Digest: true}
	for _, e := range p.plan.Entries {
		kept[e.Manifest.Digest] = true
	}
	for _, digest := range original.Gone {
		p.note("%s is listed as a referrer, but it is gone: left out", digest)
	}
	for _, r := range original.Referrers {
		if !kept[r.Subject] {
			continue
		}
		referral := Referral{Subject: r.Subject}
		if r.Tag != "" {
			referral.Move = &Move{Tag: r.Tag, To: r.digest()}
		}
		for _, image := range r.Images {
			kept[image.Descriptor.Digest] = true
			referral.Entries = append(referral.Entries, Planned{
				Manifest: image.Descriptor,
				Source:   spec.Reference{Place: image.Place, Digest: image.Descriptor.Digest}.String(),
				From:     image.Place,
				Blobs:    image.Blobs,
			})
		}
		p.plan.Referrers = append(p.plan.Referrers, referral)
	}
}

// at is what has to be done about a referral at a target.
func (r Referral) at(target spec.Place, held Held, force bool) (Referral, error) {
	r.Entries = slices.Clone(r.Entries)
	if r.Entries[0].From == target {
		return r, nil // it is where it is
	}
	for i := range r.Entries {
		e := &r.Entries[i]
		e.Copy = !held.Present[e.Manifest.Digest] || force
		r.Needed = r.Needed || e.Copy
	}
	itself := &r.Entries[len(r.Entries)-1]
	if r.Move == nil {
		r.Needed = r.Needed || !held.Listed[referral{r.Subject, itself.Manifest.Digest}]
		itself.Copy = r.Needed // whether it will be listed shows when it is put
		return r, nil
	}
	move := *r.Move
	move.From, move.Pinned = held.Tags[move.Tag], true // somebody may sign there at any time
	move.Needed = move.From != move.To || force
	r.Move, r.Needed = &move, r.Needed || move.Needed
	switch {
	case force:
	case held.Covers[move.Tag]:
		return r.covered(), nil
	case held.Beyond[move.Tag]:
		return r, Errorf(ErrRefused, "%s holds something about %s that the source does not, and would lose it: nothing was written there (--force replaces it)",
			spec.Reference{Place: target, Tag: move.Tag}, r.Subject)
	}
	return r, nil
}

// covered is a referral of which the target has all, with more of its own in the same manifest.
func (r Referral) covered() Referral {
	for i := range r.Entries {
		r.Entries[i].Copy = false
	}
	r.Covered, r.Needed, r.Move.Needed = true, false, false
	return r
}

// all is everything that the target has in the end: what the index holds, and what is about that.
func (p Plan) all() []Planned {
	all := slices.Clone(p.Entries)
	for _, r := range p.Referrers {
		if !r.Covered {
			all = append(all, r.Entries...)
		}
	}
	return all
}
