package registry

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// An Original is an image as it is somewhere, to be copied or changed: an index with all that is below it,
// or a single image.
type Original struct {
	Reference spec.Reference
	Manifest  Manifest
	// Below are all manifests of an index, each index within it behind what that holds. Of a single image
	// it is that.
	Below []Image
	// Referrers are about it and about what is below it, if they were looked for; Gone is what is listed as
	// one and not there.
	Referrers []Referrer
	Gone      []v1.Hash
	Targets   []Held // one for each target
}

// ResolveCopy finds the image that a spec has as its only entry, all that is below it, and what the targets
// hold of it.
func ResolveCopy(ctx context.Context, session Session, s spec.Spec) (Original, error) {
	r, err := newResolver(ctx, session, s)
	if err != nil {
		return Original{}, err
	}
	var o Original
	err = each(ctx, 1+len(r.targets), func(ctx context.Context, i int) (err error) {
		if i > 0 {
			return r.targets[i-1].tags(ctx, s.Targets[i-1].Tags)
		}
		o, err = r.original(ctx, s.Entries[0].Source)
		return err
	})
	if err == nil {
		err = r.platformTags(ctx, s.Targets, Found{Images: o.Below})
	}
	o.Targets = r.held()
	return o, err
}

// original reads an image. What is below it is read too where it may have to be copied.
func (r resolver) original(ctx context.Context, ref spec.Reference) (Original, error) {
	o := Original{Reference: ref}
	repository, err := r.session.Open(ctx, ref.Place)
	if err != nil {
		return o, opError("open", ref.Place, err)
	}
	reader := imageReader{resolver: r, repository: repository, place: ref.Place}
	if o.Manifest, err = repository.Manifest(ctx, RefOf(ref)); err == nil {
		o.Below, err = reader.below(ctx, o.Manifest)
	}
	return o, opError("read", ref, err)
}

// below reads all manifests below an index, or a single image.
func (r imageReader) below(ctx context.Context, m Manifest) ([]Image, error) {
	var all []Image
	stays := !slices.ContainsFunc(r.targets, func(t *target) bool { return t.place != r.place })
	if m.MediaType.IsIndex() {
		if err := r.list(ctx, m, 1, &all); err != nil {
			return nil, err
		}
	} else {
		all = append(all, Image{Place: r.place, Descriptor: m.Descriptor()})
	}
	err := each(ctx, len(all), func(ctx context.Context, i int) error {
		reads := r.present(all[i].Descriptor.Digest)
		if d := all[i].Descriptor; !d.MediaType.IsIndex() {
			_, isAttestation := attests(d)
			unknown := known(d.Platform)
			withConfig := !isAttestation && (unknown.OS == "" || unknown.Architecture == "")
			if withConfig || !stays {
				reads = append(reads, func(ctx context.Context) error { return r.read(ctx, &all[i], withConfig) })
			}
		}
		return each(ctx, len(reads), func(ctx context.Context, i int) error { return reads[i](ctx) })
	})
	return all, err
}

// list lists the manifests of an index, and of the indexes in it.
func (r imageReader) list(ctx context.Context, m Manifest, depth int, all *[]Image) error {
	doc, err := parse(m)
	if err != nil {
		return err
	}
	for _, d := range doc.Manifests {
		if d.MediaType.IsIndex() {
			if depth == maxDepth {
				return Errorf(ErrUnverified, "indexes within indexes, more than %d deep", maxDepth)
			}
			inner, err := r.manifest(ctx, d)
			if err == nil {
				err = r.list(ctx, inner, depth+1, all)
			}
			if err != nil {
				return err
			}
		}
		if *all = append(*all, Image{Place: r.place, Descriptor: d}); len(*all) > spec.MaxEntries {
			return Errorf(ErrUnverified, "an index with more than %d entries", spec.MaxEntries)
		}
	}
	return nil
}

// PlanCopy decides what has to be written so that the targets have an image as it is, byte for byte: a
// plan for each target. With Platforms, it is a smaller index, with those images alone.
func PlanCopy(s spec.Spec, original Original, o PlanOptions) (plans []Plan, notes []string, err error) {
	p := planner{spec: s, state: State{Targets: original.Targets}, options: o, plan: Plan{Index: original.Manifest, Force: o.Force}}
	for _, image := range original.Below {
		p.keep(image)
	}
	if len(o.Platforms) > 0 {
		if err := p.narrow(original); err != nil {
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
	plans, err = p.everywhere()
	return plans, p.notes, err
}

// keep puts something into the plan as it stands in an index.
func (p *planner) keep(image Image) {
	subject, isAttestation := attests(image.Descriptor)
	planned := Planned{
		Platform: platformOf(spec.Entry{}, image),
		Manifest: image.Descriptor,
		Source:   spec.Reference{Place: image.Place, Digest: image.Descriptor.Digest}.String(),
		From:     image.Place,
		Blobs:    image.Blobs,
	}
	if isAttestation {
		planned.Attestation, planned.Attests = true, subject
		for _, e := range p.plan.Entries {
			if e.Manifest.Digest.String() == subject {
				planned.Platform = e.Platform
			}
		}
	}
	p.plan.Entries = append(p.plan.Entries, planned)
}

// narrow leaves the images for some platforms, with their attestations, in an index of its own.
func (p *planner) narrow(original Original) error {
	if !original.Manifest.MediaType.IsIndex() {
		return Errorf(ErrInvalid, "--platforms: %s is a single image, not an index", original.Reference)
	}
	l, err := parseListing(original.Manifest)
	if err != nil {
		return err
	}
	if len(l.entries) != len(p.plan.Entries) {
		return Errorf(ErrInvalid, "--platforms: %s holds an index, out of which nothing can be taken", original.Reference)
	}
	var entries []listed
	var planned []Planned
	kept := map[string]bool{}
	for i, e := range p.plan.Entries {
		if !e.Attestation {
			p.assembled = append(p.assembled, e.Platform)
			kept[e.Manifest.Digest.String()] = p.wanted(e.Platform)
		}
		if kept[e.Manifest.Digest.String()] || e.Attestation && kept[e.Attests] {
			entries, planned = append(entries, l.entries[i]), append(planned, e)
		}
	}
	if err := p.selected(); err != nil {
		return err
	}
	if len(entries) == len(l.entries) {
		return nil // all of it, as it is
	}
	p.note("--platforms makes a new index: what refers to %s itself, such as its signatures, is not copied", original.Reference)
	l.entries, p.plan.Entries = entries, planned
	p.plan.Index, err = l.manifest()
	return err
}
