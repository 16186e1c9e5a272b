package resolve

import (
	"context"
	"errors"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// maxDepth is how deep indexes may stand within indexes.
const maxDepth = 4

// Resolve finds what a spec speaks of. Every tag is read once: what is done later is done with the
// digests found here. A source that does not exist is no error here, but in the plan; so is a target
// that cannot be read, where it is not the only one. Without targets, only the sources are read.
// What the options leave out of the plan is not read further than it takes to know that.
func Push(ctx context.Context, session registry.Session, s spec.Spec, o plan.Options) (plan.State, error) {
	r, err := newResolver(ctx, session, s)
	r.options = o
	if err != nil {
		return plan.State{}, err
	}
	err = r.readAll(ctx)
	if err == nil && s.KeepMissing && len(s.Targets[0].Tags) > 0 {
		first := s.Targets[0]
		err = r.keepMissing(ctx, spec.Reference{Place: first.Place, Tag: first.Tags[0], Digest: r.targets[0].state.Tags[first.Tags[0]]})
	}
	if err == nil {
		err = r.platformTags(ctx, s.Targets, plan.ResolvedEntry{})
	}
	return plan.State{Entries: r.found, Targets: r.targetStates()}, err
}

// readSource reads what a reference stands for, once however many entries name it.
type readSource func(context.Context) (registry.Manifest, error)

type resolver struct {
	session registry.Session
	spec    spec.Spec
	options plan.Options
	targets []*target
	found   []plan.ResolvedEntry
	sources map[spec.Reference]readSource
}

func newResolver(ctx context.Context, session registry.Session, s spec.Spec) (resolver, error) {
	r := resolver{session: session, spec: s, found: make([]plan.ResolvedEntry, len(s.Entries)), sources: map[spec.Reference]readSource{}}
	for _, t := range s.Targets {
		opened, err := openTarget(ctx, session, t.Place, len(s.Targets) == 1)
		if err != nil {
			return r, err
		}
		r.targets = append(r.targets, opened)
	}
	return r, nil
}

// held is what has been found out about the targets.
func (r resolver) targetStates() []plan.TargetState {
	var held []plan.TargetState
	for _, t := range r.targets {
		held = append(held, t.state)
	}
	return held
}

// readAll reads the tags of the targets and the sources, all at once.
func (r resolver) readAll(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, entry := range r.spec.Entries {
		r.sources[entry.Source] = parallel.Share(func() (registry.Manifest, error) { return r.source(ctx, entry.Source) })
	}
	n := len(r.targets)
	err := parallel.Each(ctx, n+len(r.spec.Entries), func(ctx context.Context, i int) (err error) {
		defer func() {
			if err != nil {
				cancel() // also what entries share
			}
		}()
		if i < n {
			return r.targets[i].readTags(ctx, r.spec.Targets[i].Tags)
		}
		r.found[i-n], err = r.entry(ctx, r.spec.Entries[i-n])
		return err
	})
	if err == nil {
		err = r.denied()
	}
	return err
}

// keepMissing finds images for the platforms of sources that do not exist, in what the target holds now.
func (r resolver) keepMissing(ctx context.Context, present spec.Reference) error {
	if !r.spec.KeepMissing || present.Digest == (v1.Hash{}) {
		return nil
	}
	r.sources[present] = parallel.Share(func() (registry.Manifest, error) { return r.source(ctx, present) })
	return parallel.Each(ctx, len(r.found), func(ctx context.Context, i int) error {
		missing, want := r.found[i].Missing, r.spec.Entries[i].Platform
		if missing == nil || want.OS == "" || want.Architecture == "" {
			return nil
		}
		found, err := r.entry(ctx, spec.Entry{Source: present, Platform: want})
		if errors.Is(err, registry.ErrNotFound) || err == nil && found.Missing != nil || err == nil && !spec.Matches(want, plan.PlatformOf(spec.Entry{}, found.Nodes[0])) {
			return nil // it is missing there too
		}
		found.Kept = missing
		if err == nil {
			r.found[i] = found
		}
		return err
	})
}

// platformTags finds out what the tags of the images hold, which are not known before the images are.
func (r resolver) platformTags(ctx context.Context, targets []spec.Target, below plan.ResolvedEntry) error {
	var platforms []v1.Platform
	add := func(e spec.Entry, found plan.ResolvedEntry) {
		for _, image := range found.Nodes {
			if _, isAttestation := plan.Attests(image.Descriptor); !isAttestation && !image.Descriptor.MediaType.IsIndex() {
				platforms = append(platforms, plan.PlatformOf(e, image))
			}
		}
	}
	add(spec.Entry{}, below)
	for i, found := range r.found {
		add(r.spec.Entries[i], found)
	}
	return parallel.Each(ctx, len(r.targets), func(ctx context.Context, i int) error {
		var tags []string
		for _, platform := range platforms {
			tags = append(tags, r.spec.PlatformTags.For(targets[i].Tags, platform)...)
		}
		valid := func(tag string) bool { return spec.CheckTag(tag) == nil }
		tags = slices.DeleteFunc(tags, func(tag string) bool { return !valid(tag) })
		return r.targets[i].readTags(ctx, tags)
	})
}

// denied is a source that may be missing or hidden. Docker Hub says of what does not exist that access
// is denied; that is only believed where it has let us in for a target.
func (r resolver) denied() error {
	letIn := func(t *target) bool { return t.letIn && onDockerHub(t.place) }
	if slices.ContainsFunc(r.targets, letIn) {
		return nil
	}
	for _, found := range r.found {
		if errors.Is(found.Missing, registry.ErrDenied) {
			return found.Missing
		}
	}
	return nil
}

func (r resolver) source(ctx context.Context, ref spec.Reference) (registry.Manifest, error) {
	repository, err := r.session.Open(ctx, ref.Place)
	if err != nil {
		return registry.Manifest{}, err
	}
	return repository.Manifest(ctx, registry.RefOf(ref))
}

func (r resolver) entry(ctx context.Context, e spec.Entry) (plan.ResolvedEntry, error) {
	if !r.options.Concerns(e) {
		return plan.ResolvedEntry{}, nil
	}
	m, err := r.sources[e.Source](ctx)
	if errors.Is(err, registry.ErrNotFound) || errors.Is(err, registry.ErrDenied) && r.mayBeHidden(e.Source.Place) {
		return plan.ResolvedEntry{Missing: registry.WrapOp("read", e.Source, err)}, nil
	}
	if err != nil {
		return plan.ResolvedEntry{}, registry.WrapOp("read", e.Source, err)
	}
	repository, err := r.session.Open(ctx, e.Source.Place)
	if err != nil {
		return plan.ResolvedEntry{}, registry.WrapOp("open", e.Source.Place, err)
	}
	reader := imageReader{resolver: r, repository: repository, place: e.Source.Place}
	images := []plan.Node{{Place: e.Source.Place, Descriptor: m.Descriptor()}}
	var absent []v1.Descriptor
	if m.MediaType.IsIndex() {
		images, err = reader.flatten(ctx, m)
		if err == nil && e.Source.Place.Kind == spec.DockerArchive {
			images, absent = reader.availableImages(ctx, images)
		}
		if err == nil {
			images, err = reader.pick(ctx, images, e.Platform)
		}
		if err != nil {
			return plan.ResolvedEntry{}, registry.WrapOp("read", e.Source, err)
		}
	}
	err = parallel.Each(ctx, len(images), func(ctx context.Context, i int) error {
		if p := plan.PlatformOf(e, images[i]); p.OS != "" && p.Architecture != "" && !r.options.Concerns(spec.Entry{Platform: p}) {
			return nil
		}
		return reader.complete(ctx, &images[i])
	})
	if !e.Platform.Equals(v1.Platform{}) {
		absent = nil // somebody chose
	}
	return plan.ResolvedEntry{Digest: m.Digest, Nodes: images, Absent: absent}, registry.WrapOp("read", e.Source, err)
}

// mayBeHidden tells whether "denied" may stand for "not found".
func (r resolver) mayBeHidden(source spec.Place) bool {
	return onDockerHub(source) && slices.ContainsFunc(r.targets, func(t *target) bool { return onDockerHub(t.place) })
}

func onDockerHub(p spec.Place) bool {
	return p.Kind == spec.Registry && p.Repository.RegistryStr() == name.DefaultRegistry
}
