package resolve

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Side is one side of a comparison: an image or index, of which only the manifest is read so far.
type Side struct {
	plan.Inspection
	// opens returns the repository that holds an entry of the index.
	opens func(context.Context, v1.Hash) (registry.Repository, error)
}

// ReadSide reads the manifest of one side, and the config of a single image.
func ReadSide(ctx context.Context, session registry.Session, ref spec.Reference) (Side, error) {
	repository, err := session.Open(ctx, ref.Place)
	if err != nil {
		return Side{}, registry.WrapOp("open", ref.Place, err)
	}
	s := Side{opens: func(context.Context, v1.Hash) (registry.Repository, error) { return repository, nil }}
	m, err := repository.Manifest(ctx, registry.RefOf(ref))
	if err == nil {
		s.Inspection, err = inspectRoot(m, ref)
	}
	if err == nil && !m.MediaType.IsIndex() {
		s.Image, err = s.readImage(ctx, repository)
	}
	return s, registry.WrapOp("read", ref, err)
}

// readImage reads the config of a single image.
func (s Side) readImage(ctx context.Context, repository registry.Repository) (*plan.ImageDetails, error) {
	doc, err := registry.ParseDocument(s.Manifest)
	if err != nil {
		return nil, err
	}
	return details(ctx, repository, doc, true, true)
}

// PlannedSide is the index that a plan makes. Its entries are read from their sources.
func PlannedSide(session registry.Session, p plan.Plan, name spec.Reference) (Side, error) {
	from := map[v1.Hash]spec.Place{}
	for _, e := range p.Entries {
		from[e.Descriptor.Digest] = e.From
	}
	i, err := inspectRoot(p.Index, name)
	return Side{i, func(ctx context.Context, digest v1.Hash) (registry.Repository, error) {
		place, ok := from[digest]
		if !ok {
			return nil, registry.Errorf(registry.ErrNotFound, "%s is not an entry of the plan", digest)
		}
		return session.Open(ctx, place)
	}}, err
}

// AbsentSide is an image that does not exist.
func AbsentSide(name spec.Reference) Side {
	return Side{Inspection: plan.Inspection{Reference: name}}
}

// inspectRoot is the inspection of an index by its descriptors alone.
func inspectRoot(m registry.Manifest, ref spec.Reference) (plan.Inspection, error) {
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return plan.Inspection{}, err
	}
	i := plan.Inspection{Reference: ref, Manifest: m, Annotations: doc.Annotations}
	if !m.MediaType.IsIndex() {
		return i, nil
	}
	x, err := index.Parse(m)
	switch {
	case err != nil:
		return i, err
	case len(x.Entries) > spec.MaxEntries:
		return i, registry.Errorf(registry.ErrUnverified, "the index has more than %d entries, which is the limit", spec.MaxEntries)
	}
	for _, e := range x.Entries {
		i.Entries = append(i.Entries, plan.InspectedEntry{Entry: e})
	}
	return i, nil
}

// ReadDifferent reads the images that only one of two sides has, with their configs where the other side has an image
// for the platform. Nothing is read of two equal indexes. A manifest that does not exist, or is not sound, is part of
// the result.
func ReadDifferent(ctx context.Context, a, b Side) (plan.Inspection, plan.Inspection, error) {
	if a.Manifest.Digest == b.Manifest.Digest {
		return a.Inspection, b.Inspection, nil
	}
	sides := [2]Side{a, b}
	var done [2]plan.Inspection
	err := parallel.Each(ctx, 2, func(ctx context.Context, i int) (err error) {
		done[i], err = sides[i].read(ctx, sides[1-i].Listed())
		return err
	})
	return done[0], done[1], err
}

// Listed are the entries of an index. A single image is its own entry.
func (s Side) Listed() []index.Entry {
	if s.Image != nil {
		e := index.NewEntry(s.Manifest.Descriptor())
		e.Platform = s.Image.Platform
		return []index.Entry{e}
	}
	var entries []index.Entry
	for _, e := range s.Entries {
		entries = append(entries, e.Entry)
	}
	return entries
}

// read reads the images of an index that the other side does not list. Attestations are compared by their digests.
func (s Side) read(ctx context.Context, others []index.Entry) (plan.Inspection, error) {
	result, entries := s.Inspection, s.Listed()
	result.Entries = append([]plan.InspectedEntry(nil), s.Entries...)
	digests := map[v1.Hash]bool{}
	for _, e := range others {
		digests[e.Descriptor.Digest] = true
	}
	subjects := make([]v1.Hash, len(result.Entries))
	err := parallel.Each(ctx, len(result.Entries), func(ctx context.Context, i int) (err error) {
		e := &result.Entries[i]
		if e.Kind == index.Attestation || digests[e.Descriptor.Digest] {
			return nil
		}
		subjects[i], err = s.readEntry(ctx, e, hasCounterpart(e.Entry, others))
		return registry.WrapOp("read", spec.Reference{Place: s.Reference.Place, Digest: e.Descriptor.Digest}, err)
	})
	for i := range result.Entries {
		if subjects[i] != (v1.Hash{}) {
			result.Entries[i].Attach(subjects[i], entries)
		}
	}
	return result, err
}

func (s Side) readEntry(ctx context.Context, e *plan.InspectedEntry, withConfig bool) (v1.Hash, error) {
	repository, err := s.opens(ctx, e.Descriptor.Digest)
	if err != nil {
		return v1.Hash{}, err
	}
	subject, err := inspectEntry(ctx, repository, e, withConfig)
	if errors.Is(err, registry.ErrUnverified) || errors.Is(err, registry.ErrNotFound) { // such as a config that does not exist
		e.Flaw, err = err, nil
	}
	return subject, err
}

// hasCounterpart reports whether an index may have an image for the platform of an entry.
func hasCounterpart(e index.Entry, others []index.Entry) bool {
	for _, o := range others {
		if !e.HasPlatform() || !o.HasPlatform() || index.SameGroup(e.Platform, o.Platform) {
			return true
		}
	}
	return false
}

// ForPlatform narrows a side down to the image for a platform, as clients select the image. The result has the
// config of the image.
func (s Side) ForPlatform(ctx context.Context, want v1.Platform) (Side, error) {
	repository, digest, err := s.holder(ctx, want)
	if err != nil {
		return s, registry.WrapOp("read", s.Reference, err)
	}
	narrow := Side{opens: s.opens}
	if digest != (v1.Hash{}) {
		narrow.Inspection, err = Inspect(ctx, repository, spec.Reference{Place: s.Reference.Place, Digest: digest}, true)
		return narrow, err
	}
	narrow.Inspection, err = Select(ctx, repository, s.Inspection, want, true)
	return narrow, err
}

// holder returns the repository that holds the image for a platform, and the digest of the image. The digest is zero if
// the descriptors of the index do not say which image it is.
func (s Side) holder(ctx context.Context, want v1.Platform) (registry.Repository, v1.Hash, error) {
	if s.Image != nil {
		return nil, v1.Hash{}, nil
	}
	entries := s.Listed()
	group, err := index.Match(entries, want)
	if err == nil {
		first, _ := preferred(entries, group)
		repository, err := s.opens(ctx, first.Descriptor.Digest)
		return repository, first.Descriptor.Digest, err
	}
	if !errors.Is(err, registry.ErrNotFound) {
		return nil, v1.Hash{}, err
	}
	// the image may be in a nested index, or the index may name no platforms
	repository, openErr := s.opens(ctx, s.Manifest.Digest)
	if openErr != nil {
		return nil, v1.Hash{}, err
	}
	return repository, v1.Hash{}, nil
}

// ReadSides reads sides at the same time.
func ReadSides(ctx context.Context, read ...func(context.Context) (Side, error)) ([]Side, error) {
	sides := make([]Side, len(read))
	err := parallel.Each(ctx, len(read), func(ctx context.Context, i int) (err error) {
		sides[i], err = read[i](ctx)
		return err
	})
	return sides, err
}
