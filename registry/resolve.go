package registry

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

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
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	h := &holdings{state: State{
		Entries: make([]Found, len(s.Entries)),
		Tags:    map[string]v1.Hash{},
		Present: map[v1.Hash]bool{},
	}}
	r := resolver{session: session, target: target, targetPlace: s.Target, holdings: h, sources: map[spec.Reference]readSource{}}
	for _, entry := range s.Entries {
		r.sources[entry.Source] = sync.OnceValues(func() (Manifest, error) { return r.source(groupCtx, entry.Source) })
	}
	var tagErr error
	errs := make([]error, len(s.Entries))
	group.Go(func() error {
		tagErr = r.tags(groupCtx, s.Tags)
		return tagErr
	})
	for i, entry := range s.Entries {
		group.Go(func() error {
			h.state.Entries[i], errs[i] = r.entry(groupCtx, entry)
			return errs[i]
		})
	}
	group.Wait()
	for i, found := range h.state.Entries {
		// Docker Hub says of what does not exist that access is denied. That is only believed where it
		// has let us in for the target.
		if errors.Is(found.Missing, ErrDenied) && !h.letIn {
			errs[i] = found.Missing
		}
	}
	return h.state, first(append([]error{tagErr}, errs...))
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

// readSource reads what a reference stands for, once however many entries name it.
type readSource func() (Manifest, error)

type resolver struct {
	session     Session
	target      Repository
	targetPlace spec.Place
	holdings    *holdings
	sources     map[spec.Reference]readSource
}

func (r resolver) tags(ctx context.Context, tags []string) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, tag := range tags {
		group.Go(func() error {
			d, err := r.target.Describe(ctx, Ref{Tag: tag})
			switch {
			case errors.Is(err, ErrNotFound):
				r.holdings.setLetIn()
				return nil
			case forbidden(err):
				return nil
			case err != nil:
				return opError("read", spec.Reference{Place: r.targetPlace, Tag: tag}, err)
			}
			r.holdings.setLetIn()
			r.holdings.setTag(tag, d.Digest)
			return nil
		})
	}
	return group.Wait()
}

// forbidden tells whether the answer was a 403. Some registries say that of what is not there yet
// (Artifactory, RTFACT-13797); whether the target may be written shows at the first write.
func forbidden(err error) bool {
	var answer interface{ Forbidden() bool }
	return errors.As(err, &answer) && answer.Forbidden()
}

func (r resolver) source(ctx context.Context, ref spec.Reference) (Manifest, error) {
	repository, err := r.session.Open(ctx, ref.Place)
	if err != nil {
		return Manifest{}, err
	}
	return repository.Manifest(ctx, RefOf(ref))
}

func (r resolver) entry(ctx context.Context, e spec.Entry) (Found, error) {
	m, err := r.sources[e.Source]()
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDenied) && onDockerHub(e.Source.Place, r.targetPlace) {
		return Found{Missing: opError("read", e.Source, err)}, nil
	}
	if err != nil {
		return Found{}, opError("read", e.Source, err)
	}
	repository, err := r.session.Open(ctx, e.Source.Place)
	if err != nil {
		return Found{}, opError("open", e.Source.Place, err)
	}
	reader := imageReader{resolver: r, repository: repository, place: e.Source.Place}
	images := []Image{{Place: e.Source.Place, Descriptor: m.Descriptor()}}
	if m.MediaType.IsIndex() {
		if images, err = reader.flatten(ctx, m); err == nil {
			images, err = reader.pick(ctx, images, e.Platform)
		}
		if err != nil {
			return Found{}, opError("read", e.Source, err)
		}
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	errs := make([]error, len(images))
	for i := range images {
		group.Go(func() error {
			errs[i] = reader.complete(groupCtx, &images[i])
			return errs[i]
		})
	}
	group.Wait()
	return Found{Images: images}, opError("read", e.Source, first(errs))
}

func onDockerHub(places ...spec.Place) bool {
	return !slices.ContainsFunc(places, func(p spec.Place) bool {
		return p.Kind != spec.Registry || p.Repository.RegistryStr() != name.DefaultRegistry
	})
}
