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
