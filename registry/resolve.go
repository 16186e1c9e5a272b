package registry

import (
	"cmp"
	"context"
	"errors"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/manifest-tool/manifest-tool/spec"
)

const (
	// maxDepth is how deep indexes may stand within indexes.
	maxDepth = 4
	// atOnce is how many images are worked on at once. What goes over the wire at once is limited
	// by the repository, which knows its registry.
	atOnce = 64
)

// Resolve finds what a spec speaks of. Every tag is read once: what is done later is done with the
// digests found here. A source that does not exist is no error here, but in the plan.
func Resolve(ctx context.Context, session Session, s spec.Spec) (State, error) {
	target, err := session.Open(ctx, s.Target)
	if err != nil {
		return State{}, opError("open", s.Target, err)
	}
	h := &holdings{state: State{
		Entries: make([]Found, len(s.Entries)),
		Tags:    map[string]v1.Hash{},
		Present: map[v1.Hash]bool{},
	}}
	r := resolver{session: session, target: target, targetPlace: s.Target, holdings: h}
	var tagErr error
	errs := make([]error, len(s.Entries))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	group.Go(func() error {
		tagErr = r.tags(ctx, s.Tags)
		return tagErr
	})
	for i, entry := range s.Entries {
		group.Go(func() error {
			h.state.Entries[i], errs[i] = r.entry(ctx, entry)
			if hidden(errs[i], entry.Source.Place, s.Target) {
				return nil // decided below, when the target has answered
			}
			return errs[i]
		})
	}
	group.Wait()
	for i, entry := range s.Entries {
		if tagErr == nil && hidden(errs[i], entry.Source.Place, s.Target) {
			h.state.Entries[i], errs[i] = Found{Missing: errs[i]}, nil
		}
	}
	return h.state, first(append([]error{tagErr}, errs...))
}

// hidden tells whether an error is Docker Hub's way to say that a repository does not exist: it
// denies access. That is only believed where the same registry has let us in for the target.
func hidden(err error, source, target spec.Place) bool {
	return errors.Is(err, ErrDenied) && source.Kind == spec.Registry && target.Kind == spec.Registry &&
		source.Repository.RegistryStr() == name.DefaultRegistry &&
		target.Repository.RegistryStr() == name.DefaultRegistry
}

// first is the first error that is not only the echo of another one.
func first(errs []error) error {
	var echo error
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		echo = cmp.Or(echo, err)
	}
	return echo
}

type resolver struct {
	session     Session
	target      Repository
	targetPlace spec.Place
	holdings    *holdings
}

func (r resolver) tags(ctx context.Context, tags []string) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, tag := range tags {
		group.Go(func() error {
			d, err := r.target.Describe(ctx, Ref{Tag: tag})
			switch {
			case errors.Is(err, ErrNotFound):
				return nil
			case err != nil:
				return opError("read", spec.Reference{Place: r.targetPlace, Tag: tag}, err)
			}
			r.holdings.setTag(tag, d.Digest)
			return nil
		})
	}
	return group.Wait()
}

func (r resolver) entry(ctx context.Context, e spec.Entry) (Found, error) {
	source, err := r.session.Open(ctx, e.Source.Place)
	if err != nil {
		return Found{}, opError("open", e.Source.Place, err)
	}
	m, err := source.Manifest(ctx, RefOf(e.Source))
	if errors.Is(err, ErrNotFound) {
		return Found{Missing: opError("read", e.Source, err)}, nil
	}
	if err != nil {
		return Found{}, opError("read", e.Source, err)
	}
	reader := imageReader{resolver: r, repository: source, place: e.Source.Place}
	images := []Image{{Place: e.Source.Place, Descriptor: m.Descriptor()}}
	if m.MediaType.IsIndex() {
		if images, err = reader.flatten(ctx, m); err == nil {
			images, err = reader.pick(ctx, images, e.Platform)
		}
		if err != nil {
			return Found{}, opError("read", e.Source, err)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	for i := range images {
		group.Go(func() error { return reader.complete(ctx, &images[i]) })
	}
	return Found{Images: images}, opError("read", e.Source, group.Wait())
}
