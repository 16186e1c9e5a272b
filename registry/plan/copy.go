package plan

import (
	"errors"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// PlanCopy decides what has to be written so that the targets have an image as it is, byte for byte: a
// plan for each target. With Platforms, it is a smaller index, with those images alone.
func Copy(s spec.Spec, original ImageTree, o Options) (plans []Plan, notes []string, err error) {
	p := planner{spec: s, state: State{Targets: original.Targets}, options: o, plan: Plan{Index: original.Manifest, Force: o.Force}}
	for _, image := range original.Descendants {
		p.addExisting(image)
	}
	if len(o.Platforms) > 0 {
		if err := p.filterPlatforms(original); err != nil {
			return nil, p.notes, err
		}
	}
	if err := errors.Join(p.reachable(), p.require()); err != nil {
		return nil, p.notes, err
	}
	if !original.Manifest.MediaType.IsIndex() && !s.PlatformTags.IsZero() {
		p.note("%s is a single image: it gets no further tag for its platform", original.Reference)
		p.spec.PlatformTags = spec.PlatformTags{}
	}
	p.refer(original)
	plans, err = p.plansForTargets()
	return plans, p.notes, err
}

// keep puts something into the plan as it stands in an index.
func (p *planner) addExisting(image Node) {
	subject, isAttestation := Attests(image.Descriptor)
	planned := Entry{
		Platform:   PlatformOf(spec.Entry{}, image),
		Descriptor: image.Descriptor,
		Source:     spec.Reference{Place: image.Place, Digest: image.Descriptor.Digest}.String(),
		From:       image.Place,
		Blobs:      image.Blobs,
	}
	if isAttestation {
		planned.Attestation, planned.Attests = true, subject
		for _, e := range p.plan.Entries {
			if e.Descriptor.Digest.String() == subject {
				planned.Platform = e.Platform
			}
		}
	}
	p.plan.Entries = append(p.plan.Entries, planned)
}

// narrow leaves the images for some platforms, with their attestations, in an index of its own.
func (p *planner) filterPlatforms(original ImageTree) error {
	if !original.Manifest.MediaType.IsIndex() {
		return registry.Errorf(registry.ErrInvalid, "--platforms: %s is a single image, not an index", original.Reference)
	}
	l, err := ParseListing(original.Manifest)
	if err != nil {
		return err
	}
	if len(l.Entries) != len(p.plan.Entries) {
		return registry.Errorf(registry.ErrInvalid, "--platforms: %s holds an index, out of which nothing can be taken", original.Reference)
	}
	var entries []RawEntry
	var planned []Entry
	kept := map[string]bool{}
	for i, e := range p.plan.Entries {
		if !e.Attestation {
			p.assembled = append(p.assembled, e.Platform)
			kept[e.Descriptor.Digest.String()] = p.wanted(e.Platform)
		}
		if kept[e.Descriptor.Digest.String()] || e.Attestation && kept[e.Attests] {
			entries, planned = append(entries, l.Entries[i]), append(planned, e)
		}
	}
	if err := p.selected(); err != nil {
		return err
	}
	if len(entries) == len(l.Entries) {
		return nil // all of it, as it is
	}
	p.note("--platforms makes a new index: what refers to %s itself, such as its signatures, is not copied", original.Reference)
	l.Entries, p.plan.Entries = entries, planned
	p.plan.Index, err = l.Manifest()
	return err
}
