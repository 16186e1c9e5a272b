package plan

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// PlanEdit decides what has to be written to change an index: a plan for each target. What is not changed
// keeps its bytes, and its place in the index.
func Edit(e spec.Edit, original ImageTree, state State, o Options) (plans []Plan, notes []string, err error) {
	p := planner{spec: e.Spec, state: state, options: o, plan: Plan{Force: o.Force}, editing: true}
	if err := p.reachable(); err != nil {
		return nil, nil, err
	}
	if err := p.edit(e, original); err != nil {
		return nil, p.notes, registry.WrapOp("edit", e.Index, err)
	}
	plans, err = p.plansForTargets()
	for i := range plans {
		for k := range plans[i].TagUpdates {
			m := &plans[i].TagUpdates[k]
			m.Pinned = plans[i].Target == e.Index.Place && m.Tag == e.Index.Tag
		}
	}
	return plans, p.notes, err
}

func (p *planner) edit(e spec.Edit, original ImageTree) error {
	annotations := p.spec.ImageAnnotations
	p.spec.ImageAnnotations = nil // they are for all entries, not only for what is added
	if err := p.collectEntries(); err != nil {
		return err
	}
	p.spec.ImageAnnotations = annotations
	if err := p.duplicates(); err != nil {
		return err
	}
	l, err := p.listing(original)
	if err != nil {
		return err
	}
	added, err := p.additions(l.mediaType)
	if err != nil {
		return err
	}
	twins := len(l.duplicatePlatforms()) // whoever made them
	if err := p.remove(&l, e.Remove); err != nil {
		return err
	}
	if err := l.place(e.Placed); err != nil {
		return err
	}
	l.upsert(added)
	if err := l.annotate(e.Spec); err != nil {
		return err
	}
	if pairs := l.duplicatePlatforms(); len(pairs) > twins {
		return registry.Errorf(registry.ErrInvalid, "two images for %s", pairs[len(pairs)-1])
	}
	return p.edited(l, original)
}

// edited is the plan of what a listing has become.
func (p *planner) edited(l RawIndex, original ImageTree) (err error) {
	p.plan.Index, p.plan.Changes, p.plan.Entries = original.Manifest, l.changes, nil
	for _, entry := range l.Entries {
		p.plan.Entries = append(p.plan.Entries, entry.planned...)
	}
	switch {
	case len(l.Entries) == 0:
		return registry.Errorf(registry.ErrInvalid, "nothing would be left of it")
	case len(l.changes) > 0:
		if p.plan.Index, err = l.Manifest(); err != nil {
			return err
		}
	}
	p.mixed(l.mediaType)
	return p.require()
}

// listing is the index that is edited. A single image becomes one.
func (p *planner) listing(original ImageTree) (RawIndex, error) {
	base := planner{}
	for _, image := range original.Descendants {
		base.addExisting(image)
	}
	if original.Manifest.MediaType.IsIndex() {
		l, err := ParseListing(original.Manifest)
		below := base.plan.Entries
		for i := range l.Entries {
			own := func(e Entry) bool { return e.Descriptor.Digest == l.Entries[i].Digest }
			end := slices.IndexFunc(below, own) + 1
			l.Entries[i].planned, below = below[:end], below[end:]
		}
		return l, err
	}
	image := base.plan.Entries[0]
	if image.Platform.OS == "" || image.Platform.Architecture == "" {
		return RawIndex{}, registry.Errorf(registry.ErrInvalid, "it is a single image that does not say for which platform it is")
	}
	p.note("%s is a single image, for %s: it becomes an index with that image in it", original.Reference, Describe(image.Platform))
	mediaType := types.OCIImageIndex
	annotated := len(p.spec.Annotations)+len(p.spec.ImageAnnotations) > 0
	if image.Descriptor.MediaType == types.DockerManifestSchema2 && !annotated {
		mediaType = types.DockerManifestList
	}
	base.given = make([]map[string]string, 1)
	raw, err := CompactJSON(indexJSON{SchemaVersion: 2, MediaType: mediaType, Manifests: []descriptorJSON{base.descriptor(0, mediaType)}})
	if err != nil {
		return RawIndex{}, err
	}
	l, err := ParseListing(registry.NewManifest(mediaType, raw))
	l.Entries[0].planned = base.plan.Entries
	l.changed("added", image.Platform, v1.Hash{}, image.Descriptor.Digest)
	return l, err
}

// additions are the entries that were put together to be added, each with its attestations.
func (p *planner) additions(mediaType types.MediaType) ([][]RawEntry, error) {
	var all [][]RawEntry
	for i, e := range p.plan.Entries {
		d := p.descriptor(i, mediaType)
		raw, err := CompactJSON(d)
		if err != nil {
			return nil, err
		}
		platform := d.Platform
		entry := RawEntry{Descriptor: v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size, Annotations: d.Annotations, Platform: &platform},
			Raw: raw, planned: []Entry{e}}
		if !e.Attestation {
			all = append(all, []RawEntry{entry})
			continue
		}
		all[len(all)-1] = append(all[len(all)-1], entry)
	}
	return all, nil
}
