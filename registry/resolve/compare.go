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
