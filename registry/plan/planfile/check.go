package planfile

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

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

// listedBy are the entries of an index, by their digests. A single image lists itself.
func listedBy(m registry.Manifest) (map[v1.Hash][]index.Entry, error) {
	if !m.MediaType.IsIndex() {
		return map[v1.Hash][]index.Entry{m.Digest: {index.NewEntry(m.Descriptor())}}, nil
	}
	x, err := index.Parse(m)
	listed := make(map[v1.Hash][]index.Entry, len(x.Entries))
	for _, e := range x.Entries {
		listed[e.Descriptor.Digest] = append(listed[e.Descriptor.Digest], e)
	}
	return listed, err
}

func (t Target) plan(p plan.Plan, listed map[v1.Hash][]index.Entry) (plan.Plan, error) {
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

// holdsAll checks that a plan has all manifests that its index lists.
func holdsAll(entries []plan.Entry, listed map[v1.Hash][]index.Entry) error {
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

// parsePlace parses a place without a tag or a digest.
func parsePlace(text string) (spec.Place, error) {
	ref, err := spec.ParseReference(text)
	if err == nil && (ref != spec.Reference{Place: ref.Place} || ref.Place.String() != text) {
		err = fmt.Errorf("expected a place without tag and digest")
	}
	return ref.Place, err
}
