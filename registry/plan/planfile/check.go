package planfile

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// plans are the plans of an image, if they are valid.
func (i Image) plans(force bool) ([]plan.TargetPlan, error) {
	m, err := i.manifest()
	if err != nil {
		return nil, err
	}
	base := plan.Plan{Index: m, Force: force, Split: i.Split, Skipped: i.Skipped}
	for _, c := range i.Changes {
		change := index.Change{What: c.Change, From: c.Previous, To: c.Digest}
		if c.Platform != nil {
			change.Platform = *c.Platform
		}
		base.Changes = append(base.Changes, change)
	}
	listed, err := listedBy(m)
	if err != nil {
		return nil, err
	}
	if len(i.Targets) == 0 {
		return nil, fmt.Errorf("no targets")
	}
	var plans []plan.TargetPlan
	for _, t := range i.Targets {
		p, err := t.plan(base, listed)
		if err != nil {
			return nil, fmt.Errorf("target %q: %w", t.Target, err)
		}
		same := func(o plan.TargetPlan) bool { return o.Target == p.Target }
		if slices.ContainsFunc(plans, same) {
			return nil, fmt.Errorf("target %q is there twice", t.Target)
		}
		plans = append(plans, plan.TargetPlan{Plan: p})
	}
	return plans, nil
}

// manifest is the index, or the manifest of a single image. Its bytes have the digest.
func (i Image) manifest() (registry.Manifest, error) {
	m, err := registry.Identify(i.MediaType, []byte(i.Index))
	switch {
	case err != nil:
		return m, err
	case m.Digest != i.Digest:
		return m, fmt.Errorf("the bytes of the index have the digest %s", m.Digest)
	case string(m.MediaType) != i.MediaType:
		return m, fmt.Errorf("media type %q: the index is %q", i.MediaType, m.MediaType)
	}
	return m, nil
}

// listedBy are the descriptors in an index, the first for each digest. A single image lists itself.
func listedBy(m registry.Manifest) (map[v1.Hash]v1.Descriptor, error) {
	if !m.MediaType.IsIndex() {
		return map[v1.Hash]v1.Descriptor{m.Digest: m.Descriptor()}, nil
	}
	x, err := index.Parse(m)
	listed := make(map[v1.Hash]v1.Descriptor, len(x.Entries))
	for _, e := range x.Entries {
		if _, again := listed[e.Descriptor.Digest]; !again {
			listed[e.Descriptor.Digest] = e.Descriptor
		}
	}
	return listed, err
}

func (t Target) plan(p plan.Plan, listed map[v1.Hash]v1.Descriptor) (plan.Plan, error) {
	var err error
	if p.Target, err = parsePlace(t.Target); err != nil {
		return p, err
	}
	if p.Target.Kind == spec.DockerArchive {
		return p, fmt.Errorf("manifest-tool cannot write docker archives")
	}
	if n := len(t.Manifests) + len(t.Referrers) + len(t.Tags); n > registry.MaxDescriptors {
		return p, fmt.Errorf("%d manifests, referrers and tags; the limit is %d", n, registry.MaxDescriptors)
	}
	for _, m := range t.Manifests {
		e, err := m.entry(listed)
		if err != nil {
			return p, fmt.Errorf("manifest %s: %w", m.Digest, err)
		}
		p.Entries = append(p.Entries, e)
	}
	if err := holdsAll(p.Entries, listed); err != nil {
		return p, err
	}
	for _, r := range t.Referrers {
		planned, err := r.planned(p.Target, p.Force)
		if err != nil {
			return p, fmt.Errorf("referrer %s: %w", r.Manifest.Digest, err)
		}
		p.Referrers = append(p.Referrers, planned)
	}
	return p, t.setTags(&p)
}

// setTags adds the tags to a plan. A tag is for the index or, with a platform, for one of its images.
func (t Target) setTags(p *plan.Plan) error {
	for _, tag := range t.Tags {
		u, err := tag.update(p.Target)
		if err != nil {
			return err
		}
		if tag.Platform != "" {
			if u.Platform = platformFor(*p, tag); u.Platform == nil {
				return fmt.Errorf("tag %s: the plan has no image %s for %s", tag.Tag, tag.To, tag.Platform)
			}
		}
		if u.IsForIndex() && (u.To != p.Index.Digest || p.Split) {
			return fmt.Errorf("tag %s: %s is not the index", tag.Tag, tag.To)
		}
		if u.Needed != (u.From != u.To || p.Force) {
			return fmt.Errorf("tag %s: it is not %s", tag.Tag, tag.Action)
		}
		same := func(o plan.TagUpdate) bool { return o.Tag == u.Tag }
		if slices.ContainsFunc(p.TagUpdates, same) {
			return fmt.Errorf("tag %s is there twice", tag.Tag)
		}
		p.TagUpdates = append(p.TagUpdates, u)
	}
	return nil
}

// platformFor is the platform of the image that a tag is for.
func platformFor(p plan.Plan, tag Tag) *v1.Platform {
	for _, e := range p.Entries {
		if e.IsImage() && e.Descriptor.Digest == tag.To && index.PlatformText(e.Platform) == tag.Platform {
			return &e.Platform
		}
	}
	return nil
}

// update is the update of a tag. What the tag loses is kept as the file says it, for apply to compare.
func (t Tag) update(target spec.Place) (plan.TagUpdate, error) {
	check := spec.CheckLayoutName
	if target.Kind == spec.Registry {
		check = spec.CheckTag
	}
	u := plan.TagUpdate{Tag: t.Tag, From: t.From, To: t.To, Needed: t.Action != "unchanged", Lost: platforms(t.LostPlatforms), LosesReferrers: t.LosesReferrers}
	if t.PreviousPlatforms != nil {
		u.Held = &plan.HeldImage{Platforms: platforms(t.PreviousPlatforms)}
	}
	err := check(t.Tag)
	if err == nil {
		err = checkDigests(t.To)
	}
	if err == nil && t.From != (v1.Hash{}) {
		err = checkDigests(t.From)
	}
	if err != nil {
		return u, fmt.Errorf("tag %q: %w", t.Tag, err)
	}
	return u, nil
}

// platforms are platforms by their text alone. They are compared, and shown, by their text.
func platforms(texts []string) []v1.Platform {
	var all []v1.Platform
	for _, text := range texts {
		all = append(all, v1.Platform{OS: text})
	}
	return all
}

// entry is the entry of a manifest. What an index says about the manifest comes from the index.
func (m Manifest) entry(listed map[v1.Hash]v1.Descriptor) (plan.Entry, error) {
	e := plan.Entry{Source: m.Named, Copy: m.Action != plan.Present, RefersTo: m.RefersTo}
	e.Descriptor = v1.Descriptor{MediaType: types.MediaType(m.MediaType), Digest: m.Digest, Size: m.Size}
	if l, ok := listed[m.Digest]; ok {
		if l.Size != m.Size || string(l.MediaType) != m.MediaType {
			return e, fmt.Errorf("the index lists it as %d bytes of %q", l.Size, l.MediaType)
		}
		e.Descriptor = l
	}
	e.Kind, e.Subject, e.Descriptor.ArtifactType = m.Kind, m.Subject, m.ArtifactType
	if m.Platform != nil {
		e.Platform = *m.Platform
	}
	for _, b := range m.Blobs {
		e.Blobs = append(e.Blobs, v1.Descriptor{MediaType: types.MediaType(b.MediaType), Digest: b.Digest, Size: b.Size})
	}
	source, err := spec.ParseReference(m.Source)
	if err == nil && source != (spec.Reference{Place: source.Place, Digest: m.Digest}) {
		err = fmt.Errorf("source %q: expected a name with the digest, and without a tag", m.Source)
	}
	if err != nil {
		return e, err
	}
	e.From = source.Place
	return e, m.check()
}

// check finds values that no manifest has.
func (m Manifest) check() error {
	digests := []v1.Hash{m.Digest}
	for _, b := range m.Blobs {
		if digests = append(digests, b.Digest); b.Size < 0 {
			return fmt.Errorf("blob %s has a size of %d bytes", b.Digest, b.Size)
		}
	}
	for _, optional := range []v1.Hash{m.Subject, m.RefersTo} {
		if optional != (v1.Hash{}) {
			digests = append(digests, optional)
		}
	}
	kinds := []index.Kind{index.Image, index.Attestation, index.Companion, index.Artifact, index.Nested}
	switch {
	case m.Size < 0 || m.Size > registry.MaxManifest:
		return fmt.Errorf("it has a size of %d bytes", m.Size)
	case !slices.Contains(kinds, m.Kind):
		return fmt.Errorf("kind %q is not known", m.Kind)
	}
	return checkDigests(digests...)
}

func checkDigests(digests ...v1.Hash) error {
	for _, d := range digests {
		if d.Algorithm != "sha256" {
			return fmt.Errorf("digest %q: manifest-tool verifies sha256 digests only", d)
		}
	}
	return nil
}

// holdsAll checks that a plan has all manifests that its index lists.
func holdsAll(entries []plan.Entry, listed map[v1.Hash]v1.Descriptor) error {
	there := map[v1.Hash]bool{}
	for _, e := range entries {
		there[e.Descriptor.Digest] = true
	}
	for digest := range listed {
		if !there[digest] {
			return fmt.Errorf("the index lists %s, which the plan does not have", digest)
		}
	}
	return nil
}

func (r Referrer) planned(target spec.Place, force bool) (plan.PlannedReferrer, error) {
	e, err := r.Manifest.entry(nil)
	p := plan.PlannedReferrer{Entry: e, Covered: r.Covered, Needed: e.Copy}
	if err == nil {
		err = checkDigests(r.Manifest.Subject)
	}
	if err == nil && r.Tag != nil {
		var u plan.TagUpdate
		u, err = r.Tag.update(target)
		if err == nil && u.To != r.Manifest.Digest {
			err = fmt.Errorf("tag %s: %s is another manifest", u.Tag, u.To)
		}
		stays := r.Covered || e.From == target
		if err == nil && u.Needed != (!stays && (u.From != u.To || force)) {
			err = fmt.Errorf("tag %s: it is not %s", u.Tag, r.Tag.Action)
		}
		p.TagUpdate, p.Needed = &u, p.Needed || u.Needed
	}
	for _, c := range r.Children {
		child, childErr := c.entry(nil)
		if err == nil {
			err = childErr
		}
		p.Children = append(p.Children, child)
	}
	return p, err
}

// parsePlace parses a place without a tag or a digest.
func parsePlace(text string) (spec.Place, error) {
	ref, err := spec.ParseReference(text)
	if err == nil && (ref != spec.Reference{Place: ref.Place} || ref.Place.String() != text) {
		err = fmt.Errorf("expected a place without tag and digest")
	}
	return ref.Place, err
}
