package resolve

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// Push reads what a spec names. Every tag is read once: all later steps use the digests found here. A
// source that does not exist is an error of the plan, and not of Push; so is a target that cannot be read,
// where there are other targets. Without targets, only the sources are read. What the options leave out
// is read only as far as it takes to know that.
func Push(ctx context.Context, session registry.Session, s spec.Spec, o plan.Options) (plan.State, error) {
	r, err := newResolver(ctx, session, s, o)
	if err != nil {
		return plan.State{}, err
	}
	err = r.readAll(ctx)
	if err == nil && s.KeepMissing && len(s.Targets[0].Tags) > 0 {
		first := s.Targets[0]
		err = r.keepMissing(ctx, spec.Reference{Place: first.Place, Tag: first.Tags[0], Digest: r.targets[0].state.Tags[first.Tags[0]]})
	}
	if err == nil {
		err = r.platformTags(ctx, s.Targets, nil)
	}
	return r.state(), err
}

// Present adds to a state which manifests of the sources the targets hold: see [plan.Options.TagsFirst].
func Present(ctx context.Context, session registry.Session, s spec.Spec, state plan.State, o plan.Options) (plan.State, error) {
	o.TagsFirst = false
	r, err := newResolver(ctx, session, s, o)
	if err != nil {
		return state, err
	}
	for i, t := range r.targets {
		t.state = state.Targets[i]
	}
	r.found = state.Entries
	err = parallel.Each(ctx, len(r.found), func(ctx context.Context, i int) error {
		source := s.Entries[i].Source
		repository, err := session.Open(ctx, source.Place)
		if err != nil {
			return registry.WrapOp("open", source.Place, err)
		}
		reader := manifestReader{resolver: r, repository: repository, place: source.Place}
		return registry.WrapOp("read", source, reader.completeNodes(ctx, r.found[i].Nodes))
	})
	return r.state(), err
}

// completeNodes completes the manifests that are not left out.
func (r manifestReader) completeNodes(ctx context.Context, nodes []plan.Node) error {
	return parallel.Each(ctx, len(nodes), func(ctx context.Context, i int) error {
		if nodes[i].LeftOut {
			return nil
		}
		return r.complete(ctx, &nodes[i])
	})
}

type resolver struct {
	session registry.Session
	spec    spec.Spec
	options plan.Options
	changes bool        // whether an existing index is changed, so that the kind of each entry matters
	removes []spec.Pick // what an edit takes out of the index
	targets []*target
	found   []plan.ResolvedEntry
	sources map[spec.Reference]*sharedSource
	// descriptors counts bytes: see count.
	descriptors *atomic.Int64
}

func newResolver(ctx context.Context, session registry.Session, s spec.Spec, o plan.Options) (resolver, error) {
	r := resolver{session: session, spec: s, options: o, found: make([]plan.ResolvedEntry, len(s.Entries)), sources: map[spec.Reference]*sharedSource{}, descriptors: &atomic.Int64{}}
	for _, t := range s.Targets {
		opened, err := openTarget(ctx, session, t.Place, len(s.Targets) == 1)
		if opened != nil {
			opened.brief, opened.known = o.Brief, o.Known[t.Place]
		}
		if err != nil {
			return r, err
		}
		r.targets = append(r.targets, opened)
	}
	return r, nil
}

// state returns the result of the reads.
func (r resolver) state() plan.State {
	state := plan.State{Entries: r.found}
	for _, t := range r.targets {
		state.Targets = append(state.Targets, t.state)
	}
	return state
}

// readAll reads the tags of the targets and the sources, all at once.
func (r resolver) readAll(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, entry := range r.spec.Entries {
		if r.sources[entry.Source] == nil {
			r.share(ctx, entry.Source)
		}
		r.sources[entry.Source].users.Add(1)
	}
	n := len(r.targets)
	err := parallel.Each(ctx, n+len(r.spec.Entries), func(ctx context.Context, i int) (err error) {
		defer func() {
			if err != nil {
				cancel() // including content that entries share
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
	r.share(ctx, present).users.Add(int32(len(r.found)))
	return parallel.Each(ctx, len(r.found), func(ctx context.Context, i int) error {
		missing, want := r.found[i].Missing, r.spec.Entries[i].Platform
		if missing == nil || want.OS == "" || want.Architecture == "" {
			return nil
		}
		found, err := r.entry(ctx, spec.Entry{Source: present, Platform: want})
		switch {
		case errors.Is(err, registry.ErrNotFound), err == nil && !serves(found, want):
			return nil // the target lacks it, too
		case err != nil:
			return err
		}
		found.Kept = missing
		r.found[i] = found
		return nil
	})
}

// serves reports whether images are for a platform according to their configs. Attestations may come before their
// image.
func serves(found plan.ResolvedEntry, want v1.Platform) bool {
	first := slices.IndexFunc(found.Nodes, func(n plan.Node) bool { return !n.IsAttached() })
	return found.Missing == nil && first >= 0 && platforms.Matches(want, plan.PlatformOf(spec.Entry{}, found.Nodes[first]))
}

// platformTags reads the tags of the images, which are not known before the images are. Platforms are those that
// images get.
func (r resolver) platformTags(ctx context.Context, targets []spec.Target, below []plan.Node, platforms ...v1.Platform) error {
	add := func(e spec.Entry, nodes []plan.Node) {
		for _, n := range nodes {
			if n.Kind == index.Image {
				platforms = append(platforms, plan.PlatformOf(e, n))
			}
		}
	}
	add(spec.Entry{}, below)
	for i, found := range r.found {
		add(r.spec.Entries[i], found.Nodes)
	}
	return parallel.Each(ctx, len(r.targets), func(ctx context.Context, i int) error {
		var tags []string
		for _, platform := range platforms {
			tags = append(tags, r.spec.PlatformTags.For(targets[i].Tags, platform)...)
		}
		tags = slices.DeleteFunc(tags, func(tag string) bool { return spec.CheckTag(tag) != nil })
		return r.targets[i].readTags(ctx, tags)
	})
}

// denied is a source that may be missing or hidden. Docker Hub reports "access denied" for a repository that does
// not exist. The client takes this answer for "not found" only if Docker Hub has given access to a target.
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

// entry finds the images that an entry of the spec selects.
func (r resolver) entry(ctx context.Context, e spec.Entry) (plan.ResolvedEntry, error) {
	if !r.options.Concerns(e) {
		return plan.ResolvedEntry{}, nil
	}
	m, err := r.sources[e.Source].manifest(ctx)
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
	found := plan.ResolvedEntry{Digest: m.Digest, IsIndex: m.MediaType.IsIndex()}
	reader := manifestReader{resolver: r, repository: repository, place: e.Source.Place}
	if found.IsIndex {
		doc, err := registry.ParseDocument(m)
		if err != nil {
			return found, registry.WrapOp("read", e.Source, err)
		}
		found.Annotations = doc.Annotations
		found.Flattened = slices.DeleteFunc(doc.Manifests, func(d v1.Descriptor) bool { return !d.MediaType.IsIndex() })
	}
	if err = r.count(sizeOfAnnotations(found.Annotations)); err == nil {
		found.Nodes, found.Unavailable, err = reader.take(ctx, e, m)
	}
	if err == nil {
		err = reader.completeAll(ctx, e, &found)
	}
	return found, registry.WrapOp("read", e.Source, err)
}

// completeAll completes the manifests that the options ask for.
func (r manifestReader) completeAll(ctx context.Context, e spec.Entry, found *plan.ResolvedEntry) error {
	wanted := r.wantedOf(e, found.Nodes)
	for i := range found.Nodes {
		found.Nodes[i].LeftOut = !wanted[i]
	}
	err := r.completeNodes(ctx, found.Nodes)
	if err == nil && !found.IsIndex {
		err = r.addAttestations(ctx, found)
	}
	found.Nodes = attachedToSome(found.Nodes)
	return err
}

// wantedOf reports which manifests of a source --platforms asks for, under an entry of the spec. A manifest
// whose platform is not known before it is read is wanted, unless it is an artifact.
func (r manifestReader) wantedOf(e spec.Entry, nodes []plan.Node) []bool {
	if len(r.options.Platforms) == 0 {
		return slices.Repeat([]bool{true}, len(nodes))
	}
	entries := make([]index.Entry, len(nodes))
	for i, n := range nodes {
		entries[i] = n.Entry
		if !n.IsAttached() {
			entries[i].Platform = plan.PlatformOf(e, n)
		}
	}
	wanted, _ := index.Select(entries, r.options.Platforms)
	for i, entry := range entries {
		wanted[i] = wanted[i] || entry.Kind == index.Image && !entry.HasPlatform()
	}
	return wanted
}

// addAttestations adds the attestations of a single image that no index lists.
func (r manifestReader) addAttestations(ctx context.Context, found *plan.ResolvedEntry) error {
	more, err := r.attestationsOf(ctx, found.Nodes[0])
	if err != nil {
		return err
	}
	found.Nodes = append(found.Nodes, more...)
	added := found.Nodes[len(found.Nodes)-len(more):]
	return parallel.Each(ctx, len(added), func(ctx context.Context, i int) error { return r.complete(ctx, &added[i]) })
}

// mayBeHidden reports whether "denied" may mean "not found".
func (r resolver) mayBeHidden(source spec.Place) bool {
	return onDockerHub(source) && slices.ContainsFunc(r.targets, func(t *target) bool { return onDockerHub(t.place) })
}

func onDockerHub(p spec.Place) bool {
	return p.Kind == spec.Registry && p.Repository.RegistryStr() == name.DefaultRegistry
}
