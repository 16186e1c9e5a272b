package run

import (
	"context"
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A foreseenPlace is what plans would put into a place.
type foreseenPlace struct {
	tags  map[string]v1.Hash
	made  map[v1.Hash]registry.Manifest // the indexes, whose bytes the plans have
	from  map[v1.Hash]spec.Place        // where the copied manifests are
	blobs []spec.Place                  // where the blobs of these are
}

type foreseenPlaces map[spec.Place]*foreseenPlace

// add adds what a plan would put into its target.
func (all foreseenPlaces) add(p plan.TargetPlan) {
	if p.Err != nil {
		return
	}
	place := all[p.Target]
	if place == nil {
		place = &foreseenPlace{tags: map[string]v1.Hash{}, made: map[v1.Hash]registry.Manifest{}, from: map[v1.Hash]spec.Place{}}
		all[p.Target] = place
	}
	if p.Unread == nil {
		place.made[p.Index.Digest] = p.Index
	}
	for _, e := range p.AllEntries() {
		if !e.Copy || e.From == p.Target {
			continue
		}
		if _, ok := place.from[e.Descriptor.Digest]; !ok {
			place.from[e.Descriptor.Digest] = e.From
		}
		place.keepBlobs(e.From)
	}
	for _, u := range p.TagUpdates {
		place.tags[u.Tag] = u.To
	}
}

func (p *foreseenPlace) keepBlobs(from spec.Place) {
	for _, known := range p.blobs {
		if known == from {
			return
		}
	}
	p.blobs = append(p.blobs, from)
}

// A foreseenSession opens repositories as they would be behind the push of the images before.
type foreseenSession struct {
	registry.Session
	*foresight
}

func (s foreseenSession) Open(ctx context.Context, place spec.Place) (registry.Repository, error) {
	repository, err := s.Session.Open(ctx, place)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || s.places[place] == nil {
		return repository, err
	}
	return foreseenRepository{repository, s, place}, nil
}

// A foreseenRepository is a repository with what plans would put there. It is only read.
type foreseenRepository struct {
	registry.Repository
	session foreseenSession
	place   spec.Place
}

// find finds a manifest among what is foreseen: its bytes, or the place where it is now.
func (r foreseenRepository) find(ref *registry.Ref) (m registry.Manifest, from spec.Place) {
	r.session.mu.Lock()
	defer r.session.mu.Unlock()
	place := r.session.places[r.place]
	if ref.Digest == (v1.Hash{}) {
		ref.Digest = place.tags[ref.Tag]
	}
	return place.made[ref.Digest], place.from[ref.Digest]
}

func (r foreseenRepository) Manifest(ctx context.Context, ref registry.Ref) (registry.Manifest, error) {
	m, from := r.find(&ref)
	switch {
	case m.Bytes != nil:
		return m, nil
	case from == (spec.Place{}):
		return r.Repository.Manifest(ctx, ref)
	}
	repository, err := r.session.Open(ctx, from)
	if err != nil {
		return registry.Manifest{}, err
	}
	return repository.Manifest(ctx, registry.Ref{Digest: ref.Digest})
}

func (r foreseenRepository) Describe(ctx context.Context, ref registry.Ref) (v1.Descriptor, error) {
	m, from := r.find(&ref)
	switch {
	case m.Bytes != nil:
		return m.Descriptor(), nil
	case from == (spec.Place{}):
		return r.Repository.Describe(ctx, ref)
	}
	repository, err := r.session.Open(ctx, from)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return repository.Describe(ctx, registry.Ref{Digest: ref.Digest})
}

// Blob reads a blob where it is now: in the repository, or in one that a plan copies from.
func (r foreseenRepository) Blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	blob, err := r.Repository.Blob(ctx, d)
	for _, from := range r.blobPlaces() {
		if !errors.Is(err, registry.ErrNotFound) {
			break
		}
		var repository registry.Repository
		if repository, err = r.session.Open(ctx, from); err == nil {
			blob, err = repository.Blob(ctx, d)
		}
	}
	return blob, err
}

func (r foreseenRepository) blobPlaces() []spec.Place {
	r.session.mu.Lock()
	defer r.session.mu.Unlock()
	return r.session.places[r.place].blobs
}

// Referrers lists what refers to a manifest now. What a plan would attach is not foreseen.
func (r foreseenRepository) Referrers(ctx context.Context, subject v1.Hash) ([]v1.Descriptor, error) {
	if lister, ok := r.Repository.(registry.ReferrerLister); ok {
		return lister.Referrers(ctx, subject)
	}
	return nil, registry.Errorf(registry.ErrNotFound, "%s lists no referrers", r.place)
}
