package registry

import (
	"context"
	"errors"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// maxDepth is how deep indexes may stand within indexes.
const maxDepth = 4

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
	r := resolver{session: session, target: target, targetPlace: s.Target, holdings: h, sources: map[spec.Reference]readSource{}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, entry := range s.Entries {
		r.sources[entry.Source] = share(func() (Manifest, error) { return r.source(ctx, entry.Source) })
	}
	err = each(ctx, 1+len(s.Entries), func(ctx context.Context, i int) (err error) {
		defer func() {
			if err != nil {
				cancel() // also what entries share
			}
		}()
		if i == 0 {
			return r.tags(ctx, s.Tags)
		}
		h.state.Entries[i-1], err = r.entry(ctx, s.Entries[i-1])
		return err
	})
	if err == nil && !h.letIn {
		err = h.state.denied()
	}
	return h.state, err
}

// readSource reads what a reference stands for, once however many entries name it.
type readSource func(context.Context) (Manifest, error)

type resolver struct {
	session     Session
	target      Repository
	targetPlace spec.Place
	holdings    *holdings
	sources     map[spec.Reference]readSource
}

func (r resolver) tags(ctx context.Context, tags []string) error {
	return each(ctx, len(tags), func(ctx context.Context, i int) error {
		d, err := r.target.Describe(ctx, Ref{Tag: tags[i]})
		switch {
		case errors.Is(err, ErrNotFound):
			r.holdings.setLetIn()
			return nil
		case forbidden(err):
			return nil
		case err != nil:
			return opError("read", spec.Reference{Place: r.targetPlace, Tag: tags[i]}, err)
		}
		r.holdings.setLetIn()
		r.holdings.setTag(tags[i], d.Digest)
		return nil
	})
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
	m, err := r.sources[e.Source](ctx)
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
	var absent []v1.Descriptor
	if m.MediaType.IsIndex() {
		images, err = reader.flatten(ctx, m)
		if err == nil && e.Source.Place.Kind == spec.DockerArchive {
			images, absent = reader.held(ctx, images)
		}
		if err == nil {
			images, err = reader.pick(ctx, images, e.Platform)
		}
		if err != nil {
			return Found{}, opError("read", e.Source, err)
		}
	}
	err = each(ctx, len(images), func(ctx context.Context, i int) error { return reader.complete(ctx, &images[i]) })
	if !e.Platform.Equals(v1.Platform{}) {
		absent = nil // somebody chose
	}
	return Found{Images: images, Absent: absent}, opError("read", e.Source, err)
}

func onDockerHub(places ...spec.Place) bool {
	return !slices.ContainsFunc(places, func(p spec.Place) bool {
		return p.Kind != spec.Registry || p.Repository.RegistryStr() != name.DefaultRegistry
	})
}
