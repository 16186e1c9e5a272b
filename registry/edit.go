package registry

import (
	"context"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/spec"
)

// ResolveEdit finds the index that is edited, and what is added to it. The tag is read once: where it is
// the one that moves, it has to hold then what was found here.
func ResolveEdit(ctx context.Context, session Session, e spec.Edit) (Original, State, error) {
	s := e.Spec
	s.Targets = slices.Clone(s.Targets)
	for i, t := range s.Targets {
		if t.Place == e.Index.Place {
			s.Targets[i].Tags = slices.DeleteFunc(slices.Clone(t.Tags), func(tag string) bool { return tag == e.Index.Tag })
		}
	}
	r, err := newResolver(ctx, session, s)
	if err != nil {
		return Original{}, State{}, err
	}
	o, err := r.original(ctx, e.Index)
	if err != nil {
		return o, State{}, err
	}
	if err = r.readAll(ctx); err == nil {
		present := e.Index
		present.Digest = o.Manifest.Digest
		err = r.keepMissing(ctx, present)
	}
	if err == nil {
		err = r.platformTags(ctx, e.Spec.Targets, Found{Images: o.Below})
	}
	state := State{Entries: r.found, Targets: r.held()}
	for i, t := range s.Targets {
		if t.Place == e.Index.Place && e.Index.Digest == (v1.Hash{}) {
			state.Targets[i].Tags[e.Index.Tag] = o.Manifest.Digest
		}
	}
	return o, state, err
}

// PlanEdit decides what has to be written to change an index: a plan for each target. What is not changed
// keeps its bytes, and its place in the index.
func PlanEdit(e spec.Edit, original Original, state State, o PlanOptions) (plans []Plan, notes []string, err error) {
	p := planner{spec: e.Spec, state: state, options: o, plan: Plan{Force: o.Force}, editing: true}
	if err := p.reachable(); err != nil {
		return nil, nil, err
	}
	if err := p.edit(e, original); err != nil {
		return nil, p.notes, opError("edit", e.Index, err)
	}
	plans, err = p.everywhere()
	for i := range plans {
		for k := range plans[i].Moves {
			m := &plans[i].Moves[k]
			m.Pinned = plans[i].Target == e.Index.Place && m.Tag == e.Index.Tag
		}
	}
	return plans, p.notes, err
}

func (p *planner) edit(e spec.Edit, original Original) error {
	annotations := p.spec.ImageAnnotations
	p.spec.ImageAnnotations = nil // they are for all entries, not only for what is added
	if err := p.gather(); err != nil {
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
	twins := len(l.twins()) // whoever made them
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
	if pairs := l.twins(); len(pairs) > twins {
		return Errorf(ErrInvalid, "two images for %s", pairs[len(pairs)-1])
	}
	return p.edited(l, original)
}

// edited is the plan of what a listing has become.
func (p *planner) edited(l listing, original Original) (err error) {
	p.plan.Index, p.plan.Changes, p.plan.Entries = original.Manifest, l.changes, nil
	for _, entry := range l.entries {
		p.plan.Entries = append(p.plan.Entries, entry.planned...)
	}
	switch {
	case len(l.entries) == 0:
		return Errorf(ErrInvalid, "nothing would be left of it")
	case len(l.changes) > 0:
		if p.plan.Index, err = l.manifest(); err != nil {
			return err
		}
	}
	p.mixed(l.mediaType)
	return p.require()
}

// listing is the index that is edited. A single image becomes one.
func (p *planner) listing(original Original) (listing, error) {
	base := planner{}
	for _, image := range original.Below {
		base.keep(image)
	}
	if original.Manifest.MediaType.IsIndex() {
		l, err := parseListing(original.Manifest)
		below := base.plan.Entries
		for i := range l.entries {
			own := func(e Planned) bool { return e.Manifest.Digest == l.entries[i].Digest }
			end := slices.IndexFunc(below, own) + 1
			l.entries[i].planned, below = below[:end], below[end:]
		}
		return l, err
	}
	image := base.plan.Entries[0]
	if image.Platform.OS == "" || image.Platform.Architecture == "" {
		return listing{}, Errorf(ErrInvalid, "it is a single image that does not say for which platform it is")
	}
	p.note("%s is a single image, for %s: it becomes an index with that image in it", original.Reference, describe(image.Platform))
	mediaType := types.OCIImageIndex
	annotated := len(p.spec.Annotations)+len(p.spec.ImageAnnotations) > 0
	if image.Manifest.MediaType == types.DockerManifestSchema2 && !annotated {
		mediaType = types.DockerManifestList
	}
	base.given = make([]map[string]string, 1)
	raw, err := compactJSON(indexJSON{SchemaVersion: 2, MediaType: mediaType, Manifests: []descriptorJSON{base.descriptor(0, mediaType)}})
	if err != nil {
		return listing{}, err
	}
	l, err := parseListing(NewManifest(mediaType, raw))
	l.entries[0].planned = base.plan.Entries
	l.changed("added", image.Platform, v1.Hash{}, image.Manifest.Digest)
	return l, err
}

// additions are the entries that were put together to be added, each with its attestations.
func (p *planner) additions(mediaType types.MediaType) ([][]listed, error) {
	var all [][]listed
	for i, e := range p.plan.Entries {
		d := p.descriptor(i, mediaType)
		raw, err := compactJSON(d)
		if err != nil {
			return nil, err
		}
		platform := d.Platform
		entry := listed{Descriptor: v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size, Annotations: d.Annotations, Platform: &platform},
			raw: raw, planned: []Planned{e}}
		if !e.Attestation {
			all = append(all, []listed{entry})
			continue
		}
		all[len(all)-1] = append(all[len(all)-1], entry)
	}
	return all, nil
}
