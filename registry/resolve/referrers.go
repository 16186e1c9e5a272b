package resolve

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/verify"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Referrers adds to a state the referrers of all that was resolved, and what the targets hold of them. The
// referrers of a manifest that stays where it is are there already, and are not read.
func Referrers(ctx context.Context, session registry.Session, s spec.Spec, state plan.State) (plan.State, error) {
	r, err := newResolver(ctx, session, s, plan.Options{})
	if err != nil {
		return state, err
	}
	for i, t := range r.targets {
		t.state = state.Targets[i]
	}
	for _, place := range sourcesOf(state) {
		elsewhere := func(t spec.Target) bool { return t.Place != place }
		if !slices.ContainsFunc(s.Targets, elsewhere) {
			continue
		}
		if err := r.referrersAt(ctx, place, &state); err != nil {
			return state, err
		}
	}
	state.Targets = r.state().Targets
	return state, nil
}

// sourcesOf are the places of all that was resolved.
func sourcesOf(state plan.State) []spec.Place {
	var places []spec.Place
	add := func(place spec.Place) {
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	if state.Tree != nil {
		add(state.Tree.Reference.Place)
	}
	for _, found := range state.Entries {
		for _, n := range found.Nodes {
			add(n.Place)
		}
	}
	return places
}

// subjectsAt are the manifests that were resolved at a place, without those that the options leave out.
func subjectsAt(place spec.Place, state plan.State) []v1.Hash {
	var subjects []v1.Hash
	if tree := state.Tree; tree != nil && tree.Reference.Place == place {
		subjects = append(subjects, tree.Manifest.Digest)
		for _, n := range tree.Descendants {
			if !n.LeftOut {
				subjects = append(subjects, n.Descriptor.Digest)
			}
		}
	}
	for _, found := range state.Entries {
		for _, n := range found.Nodes {
			if n.Place == place && n.Missing == nil && !n.LeftOut {
				subjects = append(subjects, n.Descriptor.Digest)
			}
		}
	}
	return subjects
}

// referrersAt reads the referrers of all that was resolved at a place, and what the targets hold of them.
func (r resolver) referrersAt(ctx context.Context, place spec.Place, state *plan.State) error {
	source, err := r.session.Open(ctx, place)
	if err != nil {
		return registry.WrapOp("open", place, err)
	}
	w := referrerWalker{manifestReader: manifestReader{resolver: r, repository: source, place: place}, seen: map[v1.Hash]bool{}}
	if err := w.walk(ctx, subjectsAt(place, *state)); err != nil {
		return registry.WrapOp("read", whatWasRead(place, state), err)
	}
	state.Referrers = append(state.Referrers, w.found...)
	if w.hidden != nil {
		state.HiddenReferrers = append(state.HiddenReferrers, plan.HiddenReferrers{Place: place, Err: w.hidden})
	}
	state.GoneReferrers = append(state.GoneReferrers, w.gone...)
	return parallel.Each(ctx, len(w.found)*len(r.targets), func(ctx context.Context, i int) error {
		return r.targets[i%len(r.targets)].checkReferrer(ctx, w.found[i/len(r.targets)], source)
	})
}

// whatWasRead names the image that a copy reads; else the place.
func whatWasRead(place spec.Place, state *plan.State) interface{ String() string } {
	if state.Tree != nil && state.Tree.Reference.Place == place {
		return state.Tree.Reference
	}
	return place
}

// A referrerWalker reads the referrers of manifests, the referrers of these, and so on.
type referrerWalker struct {
	manifestReader
	seen  map[v1.Hash]bool
	count atomic.Int64
	found []plan.Referrer
	gone  []v1.Hash // listed as referrers, but they do not exist

	// tolerant keeps what is wrong with single referrers as flaws. Otherwise the first one is an error. With goneIsFlaw, a
	// referrer that does not exist is a flaw too, and not only gone.
	tolerant, goneIsFlaw bool

	hiding sync.Mutex
	hidden error                 // the answer does not show whether there are more
	flaws  []verify.ReferrerFlaw // of a tolerant walker
}

// hide keeps the reason why more referrers may exist. Of several reasons, it keeps the same one in each run.
func (w *referrerWalker) hide(err error) {
	w.hiding.Lock()
	defer w.hiding.Unlock()
	if err != nil && (w.hidden == nil || err.Error() < w.hidden.Error()) {
		w.hidden = err
	}
}

// tolerate keeps an error about one referrer as a flaw, if the walker is tolerant. It returns any other error.
func (w *referrerWalker) tolerate(subject v1.Hash, d v1.Descriptor, tag string, err error) error {
	if err == nil || !w.tolerant || !isFact(err) && !errors.Is(err, registry.ErrInvalid) {
		return err
	}
	w.hiding.Lock()
	defer w.hiding.Unlock()
	w.flaws = append(w.flaws, verify.ReferrerFlaw{Subject: subject, Descriptor: d, Tag: tag, Err: err})
	return nil
}

// add enforces the limit on referrers.
func (w *referrerWalker) add(n int) error {
	if w.count.Add(int64(n)) > spec.MaxEntries {
		return registry.Errorf(registry.ErrUnverified, "the manifest has more than %d referrers, which is the limit", spec.MaxEntries)
	}
	return nil
}

// walk reads the referrers of some manifests, level by level.
func (w *referrerWalker) walk(ctx context.Context, level []v1.Hash) error {
	for depth := 0; ; depth++ {
		level = slices.DeleteFunc(level, func(h v1.Hash) bool {
			old := w.seen[h]
			w.seen[h] = true
			return old
		})
		if len(level) == 0 {
			return nil
		}
		if depth > maxDepth {
			return w.tolerate(level[0], v1.Descriptor{}, "", registry.Errorf(registry.ErrUnverified, "more than %d levels of referrers of referrers", maxDepth))
		}
		found := make([][]plan.Referrer, len(level))
		gone := make([][]v1.Hash, len(level))
		err := parallel.Each(ctx, len(level), func(ctx context.Context, i int) (err error) {
			found[i], gone[i], err = w.referrersOf(ctx, level[i])
			return err
		})
		if err != nil {
			return err
		}
		level = nil
		for _, referrer := range slices.Concat(found...) {
			w.found = append(w.found, referrer)
			for _, n := range append(referrer.Descendants, referrer.Node) {
				level = append(level, n.Descriptor.Digest)
			}
		}
		w.gone = append(w.gone, slices.Concat(gone...)...)
	}
}

// referrersOf reads the referrers of one manifest: those that are listed, and at the same time cosign's tags.
func (w *referrerWalker) referrersOf(ctx context.Context, subject v1.Hash) (found []plan.Referrer, gone []v1.Hash, err error) {
	tagged := make([]*plan.Referrer, len(spec.CosignSuffixes))
	err = parallel.Each(ctx, 1+len(tagged), func(ctx context.Context, i int) (err error) {
		if i == 0 {
			found, gone, err = w.listed(ctx, subject)
			return err
		}
		tag := registry.ReferrersTag(subject) + spec.CosignSuffixes[i-1]
		tagged[i-1], err = w.byTag(ctx, subject, tag)
		return w.tolerate(subject, v1.Descriptor{}, tag, err)
	})
	for _, referrer := range tagged {
		if referrer != nil {
			found = append(found, *referrer)
		}
	}
	return found, gone, err
}

// listed reads the referrers that a list names.
func (w *referrerWalker) listed(ctx context.Context, subject v1.Hash) (found []plan.Referrer, gone []v1.Hash, err error) {
	answer, err := registry.ListReferrers(ctx, w.repository, registry.ReferrersQuery{Subject: subject})
	if err = w.tolerate(subject, v1.Descriptor{}, "", err); err != nil {
		return nil, nil, err
	}
	w.hide(answer.Reason)
	known := map[v1.Hash]bool{}
	list := slices.DeleteFunc(answer.Value, func(d v1.Descriptor) bool {
		again := w.seen[d.Digest] || known[d.Digest] // such as attestations, or entries that a list has twice
		known[d.Digest] = true
		return again
	})
	if err := w.add(len(list)); err != nil {
		return nil, nil, err
	}
	all, isGone := make([]*plan.Referrer, len(list)), make([]bool, len(list))
	err = parallel.Each(ctx, len(all), func(ctx context.Context, i int) (err error) {
		all[i], err = w.bySubject(ctx, subject, list[i])
		isGone[i] = all[i] == nil && err == nil
		return w.tolerate(subject, list[i], "", err)
	})
	for i, referrer := range all {
		switch {
		case referrer != nil:
			found = append(found, *referrer)
		case isGone[i]:
			gone = append(gone, list[i].Digest)
		}
	}
	return found, gone, err
}

// bySubject reads a manifest that names the subject; nil if the manifest does not exist.
func (w *referrerWalker) bySubject(ctx context.Context, subject v1.Hash, d v1.Descriptor) (*plan.Referrer, error) {
	m, err := w.manifest(ctx, d)
	if errors.Is(err, registry.ErrNotFound) && !w.goneIsFlaw {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	doc, err := registry.ParseDocument(m)
	if err == nil && doc.SubjectDigest() != subject {
		err = &verify.SubjectError{Referrer: d.Digest, Listed: subject, Names: doc.SubjectDigest()}
	}
	if err != nil {
		return nil, err
	}
	referrer := plan.Referrer{Node: w.referrerNode(m, subject)}
	referrer.RefersTo = subject
	return w.readTree(ctx, m, referrer)
}

// byTag reads what cosign stores under a tag. It returns nil if the tag does not exist, or is not readable.
func (w *referrerWalker) byTag(ctx context.Context, subject v1.Hash, tag string) (*plan.Referrer, error) {
	answer, err := registry.ReadOptional(ctx, w.repository, registry.Ref{Tag: tag})
	if err != nil || answer.Outcome != registry.Found {
		w.hide(answer.Reason)
		return nil, err
	}
	if err := w.add(1); err != nil {
		return nil, err
	}
	m := answer.Value
	return w.readTree(ctx, m, plan.Referrer{Node: w.referrerNode(m, subject), Tag: tag})
}

func (w *referrerWalker) referrerNode(m registry.Manifest, subject v1.Hash) plan.Node {
	n := plan.Node{Entry: index.NewEntry(m.Descriptor()), Place: w.place}
	n.Subject = subject
	return n
}

// readTree reads a referrer with all that is below it, and asks the targets for that.
func (w *referrerWalker) readTree(ctx context.Context, m registry.Manifest, referrer plan.Referrer) (*plan.Referrer, error) {
	if m.MediaType.IsIndex() {
		var err error
		if referrer.Descendants, err = w.manifestReader.walk(ctx, m); err != nil {
			return nil, err
		}
		if err := w.add(len(referrer.Descendants)); err != nil {
			return nil, err
		}
	}
	all := []*plan.Node{&referrer.Node}
	for i := range referrer.Descendants {
		all = append(all, &referrer.Descendants[i])
	}
	err := parallel.Each(ctx, len(all), func(ctx context.Context, i int) error {
		reads := w.present(all[i].Descriptor.Digest)
		if all[i].Kind != index.Nested {
			reads = append(reads, func(ctx context.Context) error { _, err := w.readNode(ctx, all[i], false); return err })
		}
		return parallel.Each(ctx, len(reads), func(ctx context.Context, i int) error { return reads[i](ctx) })
	})
	return &referrer, err
}
