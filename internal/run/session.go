package run

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/auth"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/output/progress"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
	"github.com/manifest-tool/manifest-tool/registry/layout"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/spec"
)

// places are the places that a command names.
type places struct {
	targets, sources []spec.Place
	// leaders are the registries whose content names others of the places: see remote.Options.
	leaders map[string]remote.Leader
	many    bool // for many images
	// ofImages yields the places of each image of a run over many.
	ofImages iter.Seq[places]
	// more: other places follow during the run: see session.add.
	more bool
}

func placesOf(s spec.Spec) places {
	all, n := s.Places(), len(s.Targets)
	return places{targets: all[:n], sources: all[n:]}
}

func (p places) all() []spec.Place { return slices.Concat(p.targets, p.sources) }

// readOnly returns the same places without targets.
func (p places) readOnly() places {
	sources := places{sources: p.all(), many: p.many}
	if p.ofImages != nil {
		sources.ofImages = func(yield func(places) bool) {
			p.ofImages(func(image places) bool { return yield(image.readOnly()) })
		}
	}
	return sources
}

// main is the place that credentials without a host are for: the first registry that the command names, targets
// before sources, or else its first place.
func (p places) main() spec.Place {
	all := p.all()
	return all[max(0, slices.IndexFunc(all, func(place spec.Place) bool { return place.Kind == spec.Registry }))]
}

// A session is a registry.Session for registries and disks. It knows which package keeps which kind of place.
type session struct {
	remote   *remote.Session
	keychain *auth.Keychain
	main     spec.Place // that credentials without a host are for

	archives archive.Options
	created  []spec.Place // the archives that are targets

	names func(places) error // makes the names of places known

	mu     sync.Mutex
	onDisk map[spec.Place]diskRepository
	known  map[spec.Place]bool // of the places: whether they are targets
}

type diskRepository interface {
	registry.Repository
	io.Closer
}

// open prepares the places of a command.
func (r *Runner) open(ctx context.Context, o GlobalOptions, named places, meter *progress.Meter) (*session, error) {
	for flag, path := range map[string]string{"--docker-cfg": o.DockerConfig, "--authfile": o.AuthFile} {
		if _, err := os.Stat(path); err != nil && path != "" {
			return nil, output.Usagef("%s: %v", flag, err)
		}
	}
	if err := r.prepare(o, named); err != nil {
		return nil, err
	}
	given, err := r.givenCredentials(ctx, o, named)
	if err != nil {
		return nil, err
	}
	return r.openWith(ctx, o, named, given, meter)
}

// prepare is what comes before a person is asked for a password.
func (r *Runner) prepare(o GlobalOptions, named places) error {
	r.showDebug(o)
	return r.announce(named)
}

// openWith is open with the credentials of the command line, after prepare.
func (r *Runner) openWith(ctx context.Context, o GlobalOptions, named places, given []auth.Given, meter *progress.Meter) (*session, error) {
	sources := r.authOptions(o)
	sources.Given = given
	keychain := auth.New(sources)
	network, err := r.network(ctx, o, named)
	if err != nil {
		return nil, err
	}
	network.Credentials = r.credentialsOf(keychain)
	network.Sent, network.Resting, network.Retrying, network.Limited = meter.Sent, r.restingOn(meter), retryingOn(meter), limitedOn(meter)
	if err := checkConfigs(ctx, keychain, named); err != nil {
		return nil, err
	}
	onRegistries := remote.NewSession(named.uses(), network)
	if named.ofImages != nil {
		onRegistries.Together(named.together)
	}
	s := &session{
		remote:   onRegistries,
		keychain: keychain,
		main:     named.main(),
		names:    r.announce,
		onDisk:   map[spec.Place]diskRepository{},
		known:    map[spec.Place]bool{},
	}
	s.keepKnown(named)
	return s, nil
}

// announce makes the names of places known, which are no secrets, and checks the proxies if a place is a registry.
func (r *Runner) announce(named places) error {
	var public []string
	for _, place := range named.all() {
		public = append(public, place.String())
	}
	r.out.Secrets().AddPublic(public...)
	return r.checkProxies(named.uses())
}

// add adds places to a session that is under way. Those that are known cost nothing.
func (s *session) add(ctx context.Context, named places) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	isKnown := func(place spec.Place) bool { _, ok := s.known[place]; return ok }
	named.targets = slices.DeleteFunc(slices.Clone(named.targets), func(place spec.Place) bool { return s.known[place] })
	named.sources = slices.DeleteFunc(slices.Clone(named.sources), isKnown)
	if len(named.targets)+len(named.sources) == 0 {
		return nil
	}
	if err := s.names(named); err != nil {
		return err
	}
	if err := checkConfigs(ctx, s.keychain, named); err != nil {
		return err
	}
	if err := s.remote.Add(ctx, named.uses()); err != nil {
		return err
	}
	s.keepKnown(named)
	for _, place := range named.targets {
		if place.Kind == spec.OCIArchive {
			s.created = append(s.created, place)
		}
	}
	return nil
}

func (s *session) keepKnown(named places) {
	for _, place := range named.sources {
		s.known[place] = false
	}
	for _, place := range named.targets {
		s.known[place] = true
	}
}

// restingOn lets a meter show the pauses of a registry, and prints them with --debug.
func (r *Runner) restingOn(meter *progress.Meter) func(name.Registry, time.Time) {
	return func(of name.Registry, until time.Time) {
		r.out.Debugf("%s rests until %s, because it limits the rate", of, until.Format(time.TimeOnly))
		meter.Resting(of, until)
	}
}

// retryingOn lets a meter show the pauses of a client.
func retryingOn(meter *progress.Meter) func(name.Registry, remote.Retry) {
	return func(r name.Registry, next remote.Retry) { meter.Retrying(r, progress.Retry(next)) }
}

// limitedOn lets a meter show what registries say about their limits.
func limitedOn(meter *progress.Meter) func(name.Registry, remote.Quota) {
	return func(r name.Registry, q remote.Quota) {
		meter.Limited(r, progress.Quota{Left: q.Left, Limit: q.Limit, Reset: q.Reset})
	}
}

// checkConfigs finds what is wrong with a file of credentials before the first request.
func checkConfigs(ctx context.Context, keychain *auth.Keychain, named places) error {
	for _, use := range named.uses() {
		var fault *auth.ConfigError
		if _, err := keychain.Credential(ctx, use.Repository); errors.As(err, &fault) {
			return err
		}
	}
	return nil
}

// uses lists the registries among the places, with the rights that each needs.
func (p places) uses() []remote.Use {
	var uses []remote.Use
	add := func(all []spec.Place, push bool) {
		for _, place := range all {
			if place.Kind == spec.Registry {
				uses = append(uses, remote.Use{Repository: place.Repository, Push: push})
			}
		}
	}
	add(p.targets, true)
	add(p.sources, false)
	return uses
}

// together yields the registries of each image, with the rights that each needs.
func (p places) together(yield func([]remote.Use) bool) {
	for image := range p.ofImages {
		if !yield(image.uses()) {
			return
		}
	}
}

// Open opens a place. Each file or folder is opened once.
func (s *session) Open(ctx context.Context, place spec.Place) (registry.Repository, error) {
	if place.Kind == spec.Registry {
		repository, err := s.remote.Open(ctx, place.Repository)
		if err != nil {
			return nil, err // a nil *remote.Repository would be no nil interface
		}
		return repository, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	path, err := filepath.Abs(place.Path)
	if err != nil {
		return nil, err
	}
	key := spec.Place{Kind: place.Kind, Path: path}
	if repository, ok := s.onDisk[key]; ok {
		return repository, nil // two would wait for each other's lock
	}
	repository, err := s.openOnDisk(place)
	if err != nil {
		return nil, err
	}
	s.onDisk[key] = repository
	return repository, nil
}

func (s *session) openOnDisk(place spec.Place) (diskRepository, error) {
	switch {
	case place.Kind == spec.OCILayout:
		return layout.Open(place.Path)
	case slices.Contains(s.created, place):
		return archive.Create(place.Path)
	}
	o := s.archives
	o.Kind = place.Kind
	return archive.Open(place.Path, o)
}

// A packer is a repository that is made of what was stored, at the end.
type packer interface{ Pack(context.Context) error }

// finish writes the archives that are targets, unless the context has ended, and closes all places.
func (s *session) finish(ctx context.Context) error {
	var errs []error
	s.mu.Lock()
	for _, repository := range s.onDisk {
		if p, ok := repository.(packer); ok {
			errs = append(errs, p.Pack(ctx))
		}
	}
	s.mu.Unlock()
	return errors.Join(append(errs, s.Close())...)
}

// Close closes all places. An archive that is a target is written now, if finish was not called.
func (s *session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := []error{s.remote.Close()}
	for _, repository := range s.onDisk {
		errs = append(errs, repository.Close())
	}
	return errors.Join(errs...)
}
