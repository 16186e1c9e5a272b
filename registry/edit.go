package registry

import (
	"context"
	"fmt"
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

// A Change is one thing that an edit does to an index.
type Change struct {
	What     string // added, replaced, removed, platform, annotated
	Platform v1.Platform
	From, To v1.Hash // the manifests that go and come
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

// twins are pairs of images for one platform.
func (l listing) twins() (pairs []string) {
	var images []Planned
	for _, entry := range l.entries {
		for _, e := range entry.planned {
			same := func(other Planned) bool { return other.Platform.Equals(e.Platform) }
			if i := slices.IndexFunc(images, same); i >= 0 && e.isImage() {
				pairs = append(pairs, fmt.Sprintf("%s: %s and %s", describe(e.Platform), images[i].Manifest.Digest, e.Manifest.Digest))
			} else if e.isImage() {
				images = append(images, e)
			}
		}
	}
	return pairs
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

// matching are the entries that a pick stands for: all with a digest, or the image for a platform. One that
// fits several images is no pick.
func (l *listing) matching(pick spec.Pick) ([]int, error) {
	var found []int
	for i, e := range l.entries {
		if e.Digest == pick.Digest || pick.Digest == (v1.Hash{}) && e.isImage() && spec.Matches(pick.Platform, e.platform()) {
			found = append(found, i)
		}
	}
	if pick.Digest == (v1.Hash{}) && len(found) > 1 {
		return nil, Errorf(ErrInvalid, "%s may be %d of its images: name the variant or version, or the digest; the index has %s", pick, len(found), list(l.platforms()))
	}
	return found, nil
}

// platforms are those of its images.
func (l *listing) platforms() (there []v1.Platform) {
	for _, e := range l.entries {
		if e.isImage() {
			there = append(there, e.platform())
		}
	}
	return there
}

// remove takes out entries, each with its attestations. What is not there need not be taken out.
func (p *planner) remove(l *listing, picks []spec.Pick) error {
	for _, pick := range picks {
		found, err := l.matching(pick)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			if err := p.doubt("there is no entry %s to remove; the index has %s", pick, list(l.platforms())); err != nil {
				return err
			}
		}
		for _, i := range slices.Backward(found) {
			gone := l.entries[i]
			l.changed("removed", gone.platform(), gone.Digest, v1.Hash{})
			l.entries = slices.Delete(l.entries, i, i+1)
		}
		if len(found) > 0 && pick.Digest == (v1.Hash{}) {
			pick.Digest = l.changes[len(l.changes)-1].From
		}
		l.dropAttestations(pick.Digest)
	}
	return nil
}

// dropAttestations takes out what is about an image that is not there any more.
func (l *listing) dropAttestations(of v1.Hash) {
	still := func(e listed) bool { return e.Digest == of }
	if slices.ContainsFunc(l.entries, still) {
		return
	}
	l.entries = slices.DeleteFunc(l.entries, func(e listed) bool {
		subject, isAttestation := attests(e.Descriptor)
		return isAttestation && subject == of.String()
	})
}

// place gives entries other platforms. One that has it already may have been given it before.
func (l *listing) place(placed []spec.Placed) error {
	for _, p := range placed {
		found, err := l.matching(p.Pick)
		if err != nil {
			return err
		}
		has := func(there v1.Platform) bool { return there.Equals(p.To) }
		if len(found) == 0 && !slices.ContainsFunc(l.platforms(), has) {
			return Errorf(ErrNotFound, "there is no entry %s; the index has %s", p.Pick, list(l.platforms()))
		}
		for _, i := range found {
			if err := l.placeOne(&l.entries[i], p.To); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *listing) placeOne(e *listed, to v1.Platform) error {
	if e.platform().Equals(to) {
		return nil
	}
	l.changed("platform", to, e.Digest, e.Digest)
	e.Platform = &to
	e.planned[len(e.planned)-1].Platform = to
	return e.set("platform", to)
}

// upsert puts images where those of the same platform are, or behind all others.
func (l *listing) upsert(additions [][]listed) {
	for _, addition := range additions {
		image := addition[0]
		same := func(e listed) bool { return e.isImage() && spec.Equivalent(e.platform(), image.platform()) }
		i := slices.IndexFunc(l.entries, same)
		if i < 0 {
			l.changed("added", image.platform(), v1.Hash{}, image.Digest)
			l.entries = append(l.entries, addition...)
			continue
		}
		old := l.entries[i]
		if old.Digest == image.Digest {
			continue // with the attestations that it has
		}
		l.changed("replaced", image.platform(), old.Digest, image.Digest)
		l.entries[i] = image
		l.dropAttestations(old.Digest)
		i = slices.IndexFunc(l.entries, same)
		l.entries = slices.Insert(l.entries, i+1, addition[1:]...)
	}
}
