package plan

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/attest"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// attest adds the provenance of the index to the plan for a target, as a referrer of the index.
func (p *planner) attest(plan *Plan, state TargetState) error {
	if p.options.Attest == nil || p.isEdit() && len(plan.Changes) == 0 {
		return nil // an edit that changes nothing has assembled nothing
	}
	a := attest.Assembly{Target: plan.Target, Index: plan.Index.Digest, Parameters: p.parameters(), Sources: p.sources(), Builder: *p.options.Attest}
	for _, u := range plan.TagUpdates {
		a.Tags = append(a.Tags, attest.Tag{Tag: u.Tag, Digest: u.To})
	}
	statement, err := a.Statement()
	if err != nil {
		return err
	}
	made, err := attest.NewReferrer(plan.Index.Descriptor(), statement)
	if err != nil {
		return err
	}
	e := Entry{Entry: index.NewEntry(made.Manifest.Descriptor()), Blobs: made.Blobs, RefersTo: plan.Index.Digest}
	e.Subject = plan.Index.Digest
	e.Kind = index.Artifact
	r, err := PlannedReferrer{Entry: e, Made: &made}.forTarget(plan.Target, state, p.options.Force)
	plan.Referrers = append(plan.Referrers, r)
	return err
}

// Provenance is the referrer that the plan itself has made; nil if it has made none.
func (p Plan) Provenance() *PlannedReferrer {
	i := slices.IndexFunc(p.Referrers, func(r PlannedReferrer) bool { return r.Made != nil })
	if i < 0 {
		return nil
	}
	return &p.Referrers[i]
}

// sources are the images and indexes that the index is made of, by the digests that were found.
func (p *planner) sources() []attest.Source {
	var sources []attest.Source
	if p.isEdit() {
		sources = append(sources, attest.Source{Reference: p.editing, Digest: p.state.Tree.Manifest.Digest})
	}
	for i, found := range p.state.Entries {
		e := p.spec.Entries[i]
		taken := slices.DeleteFunc(slices.Clone(found.Nodes), func(n Node) bool { return n.LeftOut || n.Missing != nil || n.IsAttached() })
		switch {
		case found.Missing != nil || len(taken) == 0:
		case found.Kept != nil:
			// the digest of the whole index would be that of the last run
			for _, n := range taken {
				sources = append(sources, attest.Source{Reference: spec.Reference{Place: n.Place, Digest: n.Descriptor.Digest}, Digest: n.Descriptor.Digest})
			}
		default:
			sources = append(sources, attest.Source{Reference: e.Source, Platform: e.Platform, Digest: found.Digest})
		}
	}
	return sources
}

// parameters are what the user asked for, in the form of the provenance.
func (p *planner) parameters() attest.Parameters {
	s, o := p.spec, p.options
	parameters := attest.Parameters{
		Type: string(s.Type), Annotations: s.Annotations, PlatformTags: s.PlatformTags.String(), Platforms: platformTexts(o.Platforms),
		DropAttestations: o.DropAttestations, IgnoreMissing: o.IgnoreMissing, KeepMissing: s.KeepMissing, RecordSources: o.RecordSources,
	}
	for _, t := range s.Targets {
		for _, tag := range t.Tags {
			parameters.Targets = append(parameters.Targets, attest.Public(spec.Reference{Place: t.Place, Tag: tag}))
		}
		if len(t.Tags) == 0 {
			parameters.Targets = append(parameters.Targets, attest.Public(spec.Reference{Place: t.Place}))
		}
	}
	for _, e := range s.Entries {
		entry := attest.EntryParameters{Image: attest.Public(e.Source), Platform: e.Platform.String(), Empty: e.Empty, Annotations: e.Annotations}
		if e.NoPlatform {
			entry.Platform = "none"
		}
		parameters.Entries = append(parameters.Entries, entry)
	}
	for _, a := range s.ImageAnnotations {
		parameters.ImageAnnotations = append(parameters.ImageAnnotations, attest.AnnotationOfEach{Platform: a.Platform.String(), Key: a.Key, Value: a.Value})
	}
	if p.isEdit() {
		parameters.Edited = attest.Public(p.editing)
		p.editParameters(&parameters)
	}
	return parameters
}

// editParameters adds what an edit changes beside the entries that it adds.
func (p *planner) editParameters(parameters *attest.Parameters) {
	for _, pick := range p.removed {
		parameters.Remove = append(parameters.Remove, pick.String())
	}
	for _, placed := range p.placed {
		if parameters.SetPlatform == nil {
			parameters.SetPlatform = map[string]string{}
		}
		parameters.SetPlatform[placed.Pick.String()] = placed.To.String()
	}
}

func platformTexts(platforms []v1.Platform) []string {
	var texts []string
	for _, p := range platforms {
		texts = append(texts, p.String())
	}
	return texts
}
