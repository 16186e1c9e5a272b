package plan

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Apply decides what is left to do of plans that were made before for the targets of one image. The state has what the
// targets hold now. A target that has changed since is a [StaleError]. All updates of tags are pinned.
func Apply(saved []TargetPlan, state State, o Options) ([]TargetPlan, error) {
	p := planner{spec: spec.Spec{Targets: make([]spec.Target, len(saved))}, state: state, options: o}
	if err := p.reachable(); err != nil {
		return nil, err
	}
	var plans []TargetPlan
	var failed, stale []error
	for i, s := range saved {
		left, errs := TargetPlan{Plan: s.Plan, Err: state.Targets[i].Err}, []error(nil)
		if left.Err == nil {
			left.Plan, errs = s.left(state.Targets[i])
		}
		if stale = append(stale, errs...); left.Err != nil {
			failed = append(failed, left.Err)
		}
		plans = append(plans, left)
	}
	if len(stale) > 0 {
		return nil, joined(stale)
	}
	return plans, p.stopped(failed)
}

// left is what a target still needs of a plan. The errors say why the plan is stale.
func (p Plan) left(state TargetState) (Plan, []error) {
	var errs []error
	p.Entries = slices.Clone(p.Entries)
	for i := range p.Entries {
		errs = append(errs, p.renew(&p.Entries[i], state)...)
	}
	p.Referrers = slices.Clone(p.Referrers)
	for i, r := range p.Referrers {
		errs = append(errs, p.renewReferrer(&r, state)...)
		p.Referrers[i] = r
	}
	p.TagUpdates = slices.Clone(p.TagUpdates)
	for i := range p.TagUpdates {
		u := &p.TagUpdates[i]
		errs = append(errs, p.renewTag(u, state)...)
		before := *u
		u.Held, u.Lost = nil, nil
		p.describeHeld(u, state)
		errs = append(errs, p.checkSaid(before, *u)...)
	}
	return p, errs
}

// renew finds out whether an entry still has to be copied.
func (p Plan) renew(e *Entry, state TargetState) []error {
	needed := e.From != p.Target && (!state.Present[e.Descriptor.Digest] || p.Force)
	if needed && !e.Copy {
		return []error{&StaleError{Reference: spec.Reference{Place: p.Target, Digest: e.Descriptor.Digest}}}
	}
	e.Copy = needed
	return nil
}

func (p Plan) renewReferrer(r *PlannedReferrer, state TargetState) (errs []error) {
	if r.TagUpdate != nil && r.From != p.Target {
		saved := *r.TagUpdate
		if now := state.Tags[saved.Tag]; now != saved.From && now != saved.To {
			return []error{&StaleError{spec.Reference{Place: p.Target, Tag: saved.Tag}, saved.From, now}}
		}
	}
	wasCovered := r.Covered
	r.Needed, r.Covered = false, false
	renewed, err := r.forTarget(p.Target, state, p.Force)
	if err != nil {
		return []error{err}
	}
	*r = renewed
	if wasCovered && !r.Covered {
		return []error{&StaleError{Reference: spec.Reference{Place: p.Target, Digest: r.Descriptor.Digest}}}
	}
	return nil
}

// renewTag checks what a tag holds now. A tag that holds the new image already is done.
func (p Plan) renewTag(u *TagUpdate, state TargetState) []error {
	now := state.Tags[u.Tag]
	if now != u.From && now != u.To {
		return []error{&StaleError{spec.Reference{Place: p.Target, Tag: u.Tag}, u.From, now}}
	}
	u.From, u.Pinned = now, true
	u.Needed = u.From != u.To || p.Force
	return nil
}

// checkSaid compares what a plan says that a tag loses with what the tag loses. Somebody may have approved the plan
// because of that.
func (p Plan) checkSaid(said, u TagUpdate) []error {
	if u.Held == nil || u.From == u.To || lostText(said) == lostText(u) {
		return nil
	}
	return []error{registry.Errorf(registry.ErrInvalid, "%s loses %s, but the plan says that it loses %s: the plan was changed after it was made",
		spec.Reference{Place: p.Target, Tag: u.Tag}, lostText(u), lostText(said))}
}

// lostText are the platforms that a tag loses. A plan file has only the text of a platform, which may be shortened, so
// that text is made a text once more.
func lostText(u TagUpdate) string {
	var platforms []v1.Platform
	for _, p := range u.Lost {
		platforms = append(platforms, v1.Platform{OS: index.PlatformText(p)})
	}
	return index.PlatformList(platforms)
}

// Check compares a manifest with what the plan says about it.
func (e Entry) Check(m registry.Manifest) error {
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return err
	}
	blobs := doc.Blobs()
	if m.MediaType.IsIndex() {
		blobs = nil
	}
	same := func(a, b v1.Descriptor) bool {
		return a.Digest == b.Digest && a.Size == b.Size && a.MediaType == b.MediaType
	}
	d := m.Descriptor()
	if !same(d, e.Descriptor) || !slices.EqualFunc(blobs, e.Blobs, same) || e.RefersTo != (v1.Hash{}) && e.RefersTo != doc.SubjectDigest() {
		return registry.Errorf(registry.ErrInvalid, "the manifest has another size, other blobs or another subject than the plan says: the plan was changed after it was made")
	}
	return nil
}
