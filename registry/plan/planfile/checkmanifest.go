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

// entry is the entry of a manifest. What an index says about the manifest comes from the index.
func (m Manifest) entry(listed map[v1.Hash][]index.Entry) (plan.Entry, error) {
	e := plan.Entry{Source: m.Named, Copy: m.Action != plan.Present, RefersTo: m.RefersTo}
	e.Descriptor = v1.Descriptor{MediaType: types.MediaType(m.MediaType), Digest: m.Digest, Size: m.Size}
	if entries := listed[m.Digest]; len(entries) > 0 {
		l := entries[0].Descriptor
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
	if err := checkPlatform(e.Entry, listed[m.Digest]); err != nil {
		return e, err
	}
	return e, m.check()
}

// checkPlatform compares the platform of a manifest with those that the index has for the manifest. People and policy
// engines read the platform in the plan, nodes read the platform in the index.
func checkPlatform(e index.Entry, listed []index.Entry) error {
	same := func(l index.Entry) bool {
		isAttached := l.IsAttached() || e.IsAttached() && l.Kind != index.Image
		return isAttached || !l.HasPlatform() || !e.IsAttached() && index.SameGroup(l.Platform, e.Platform)
	}
	if len(listed) == 0 || slices.ContainsFunc(listed, same) {
		return nil
	}
	return fmt.Errorf("the index lists it for %s", index.PlatformText(listed[0].Platform))
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

// planned is a referrer of a plan, if it is valid.
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
