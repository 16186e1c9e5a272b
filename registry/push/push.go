package push

import (
	"context"
	"errors"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// PushOptions are the choices that do not change what is pushed.
type Options struct {
	// Verify reads everything back, every byte of it, before a tag moves.
	Verify bool
	// FailFast stops the other targets when one fails.
	FailFast bool
	// Strict makes an error of a referrers list that cannot be written, even if the user did not ask for referrers.
	Strict bool
	// Watch receives the progress of the copies.
	Watch Watch
	// Warn receives warnings. Without it, a warning is an error.
	Warn func(string)
}

// Watch receives the progress of a push, from many goroutines at once. Push does not call a nil function.
type Watch struct {
	// Copying is called with the blobs to copy, and again if some turn out to be missing.
	Copying func(target spec.Place, blobs []v1.Descriptor)
	// Copied is called for each of them.
	Copied func(target spec.Place, blob v1.Descriptor, how registry.Transfer)
}

// Push carries out a plan, in the order that never breaks a tag: blobs, then the manifests that need them by
// digest, then the index under the first tag, then the other tags. Push reads each tag back. The report lists what
// was done, also together with an error.
func Do(ctx context.Context, session registry.Session, plan plan.Plan, o Options) (Report, error) {
	target, err := session.Open(ctx, plan.Target)
	if err != nil {
		return Report{}, registry.WrapOp("open", plan.Target, err)
	}
	session = withMade(session, plan)
	p := &pusher{session: session, target: target, plan: plan, options: o, report: newReport(plan)}
	if err := p.copyMissing(ctx); err != nil {
		return p.report, err
	}
	subject, err := registry.SubjectOf(plan.Index)
	if err != nil {
		return p.report, err
	}
	// an index with a subject must be listed before a tag moves
	refers := subject != (v1.Hash{}) && p.movesTags() && !plan.Split
	if o.Verify || refers || len(plan.Referrers) > 0 || !plan.HasIndexTags() && !plan.Split {
		if err := p.untagged(ctx); err != nil {
			return p.report, registry.WrapOp("push", p.byDigest(), err)
		}
	}
	if err := p.refer(ctx); err != nil {
		return p.report, err
	}
	if o.Verify {
		if err := p.verify(ctx); err != nil {
			return p.report, registry.WrapOp("verify", p.byDigest(), err)
		}
	}
	return p.report, p.moveTags(ctx)
}

type pusher struct {
	session registry.Session
	target  registry.Repository
	plan    plan.Plan
	options Options

	unlisted unlisted

	mu     sync.Mutex
	report Report
}

// movesTags reports whether a tag must be written, or the plan has no tags. If all tags are correct, the run that
// moved them has done all earlier steps.
func (p *pusher) movesTags() bool {
	return len(p.plan.TagUpdates) == 0 || slices.ContainsFunc(p.plan.TagUpdates, func(u plan.TagUpdate) bool { return u.Needed })
}

func (p *pusher) byDigest() spec.Reference {
	return spec.Reference{Place: p.plan.Target, Digest: p.plan.Index.Digest}
}

func (p *pusher) byTag(tag string) spec.Reference {
	return spec.Reference{Place: p.plan.Target, Tag: tag}
}

// untagged stores the index by digest alone, if it does not exist.
func (p *pusher) untagged(ctx context.Context) error {
	ref := registry.Ref{Digest: p.plan.Index.Digest}
	if !p.plan.Force {
		if _, err := p.target.Describe(ctx, ref); !errors.Is(err, registry.ErrNotFound) {
			return errors.Join(err, p.addIndex())
		}
	}
	if err := p.putIndex(ctx, ref, plan.TagUpdate{}); err != nil {
		return err
	}
	_, err := p.readBack(ctx, ref, plan.TagUpdate{To: ref.Digest})
	return err
}

// addIndex keeps an existing index with a subject for listAll, because it may not be listed.
func (p *pusher) addIndex() error {
	if p.plan.Target.Kind != spec.Registry || !p.movesTags() {
		return nil
	}
	return p.unlisted.add(p.plan.Index)
}

// putIndex stores the index. A registry may lack one of the manifests that it claimed to have, or may need time to
// find it. So putIndex repeats the PUT for as long as a read-back may take, and sends missing manifests again
// before each try.
func (p *pusher) putIndex(ctx context.Context, ref registry.Ref, m plan.TagUpdate) error {
	put := func(ctx context.Context) error { return p.putIndexOnce(ctx, ref, m) }
	return patiently(ctx, put, p.repair)
}

// putIndexOnce stores the index. For an index without a tag, it returns whether the registry lists the index as a
// referrer.
func (p *pusher) putIndexOnce(ctx context.Context, ref registry.Ref, m plan.TagUpdate) error {
	if ref.Tag == "" && !m.Pinned {
		return p.store(ctx, p.plan.Index)
	}
	return p.putIf(ctx, ref, p.plan.Index, m)
}

// A guarded repository calls look before each try to store a manifest.
type guarded interface {
	PutManifestIf(ctx context.Context, ref registry.Ref, m registry.Manifest, look func(context.Context) error) error
}

// putIf stores the manifest of a tag update. For a pinned update, it looks at the tag directly before each try.
func (p *pusher) putIf(ctx context.Context, ref registry.Ref, m registry.Manifest, move plan.TagUpdate) error {
	if !move.Pinned {
		return p.target.PutManifest(ctx, ref, m)
	}
	look := func(ctx context.Context) error { return p.unmoved(ctx, move) }
	if target, ok := p.target.(guarded); ok {
		return target.PutManifestIf(ctx, ref, m, look)
	}
	if err := look(ctx); err != nil {
		return err
	}
	return p.target.PutManifest(ctx, ref, m)
}

// put stores the manifest of a tag. An image exists in the target already, and is read from there.
func (p *pusher) put(ctx context.Context, m plan.TagUpdate) error {
	if m.Platform == nil {
		return p.putIndex(ctx, registry.Ref{Tag: m.Tag}, m)
	}
	i := slices.IndexFunc(p.plan.Entries, func(e plan.Entry) bool { return e.Descriptor.Digest == m.To })
	if i < 0 {
		return registry.Errorf(registry.ErrInvalid, "the plan sets tag %s to %s, which is no entry of it", m.Tag, m.To)
	}
	source, err := p.session.Open(ctx, p.plan.Entries[i].From)
	if err != nil {
		return err
	}
	image, err := source.Manifest(ctx, registry.Ref{Digest: m.To})
	if err != nil {
		return err
	}
	return p.putIf(ctx, registry.Ref{Tag: m.Tag}, image, m)
}

// moveTags puts the index under the first tag that needs it, so that the registry can check the index, and then
// under the other tags at the same time.
func (p *pusher) moveTags(ctx context.Context) error {
	var needed []int
	for i, m := range p.plan.TagUpdates {
		if m.Needed {
			needed = append(needed, i)
		}
	}
	if len(needed) == 0 {
		return nil
	}
	errs := make([]error, len(p.plan.TagUpdates))
	if errs[needed[0]] = p.move(ctx, needed[0]); p.report.Tags[needed[0]].moved() {
		others := needed[1:]
		// the failure of one tag does not stop the others
		parallel.Each(ctx, len(others), func(ctx context.Context, i int) error {
			errs[others[i]] = p.move(ctx, others[i])
			return nil
		})
	}
	return p.outcome(errs)
}

// move sets one tag and reads it back.
func (p *pusher) move(ctx context.Context, i int) error {
	m := p.plan.TagUpdates[i]
	ref := registry.Ref{Tag: m.Tag}
	status, err := Failed, p.put(ctx, m)
	if err != nil {
		status, err = p.settle(ctx, m, err)
	} else {
		var held bool
		if held, err = p.readBack(ctx, ref, m); held {
			status = moveStatus(m)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.Tags[i].Status = status
	return registry.WrapOp("push", p.byTag(m.Tag), err)
}

// unmoved reports whether a tag holds its old content, or already the new one.
func (p *pusher) unmoved(ctx context.Context, m plan.TagUpdate) error {
	d, err := p.target.Describe(ctx, registry.Ref{Tag: m.Tag})
	hidden := registry.Withheld(err) && m.From == v1.Hash{} // the same as when the plan was made
	if err != nil && !errors.Is(err, registry.ErrNotFound) && !hidden {
		return err
	}
	if d.Digest != m.From && d.Digest != m.To {
		return &ConflictError{Holds: d.Digest, From: m.From, Pinned: true}
	}
	return nil
}

// outcome returns the error of the tags, and whether some of them moved.
func (p *pusher) outcome(errs []error) error {
	err := parallel.First(errs)
	if err == nil {
		return nil
	}
	partial := &PartialError{Err: err}
	for i, tag := range p.report.Tags {
		switch {
		case !p.plan.TagUpdates[i].Needed:
		case tag.moved():
			partial.Moved = append(partial.Moved, tag.Tag)
		case tag.Status == Unknown:
			partial.Unknown = append(partial.Unknown, tag.Tag)
		default:
			partial.NotMoved = append(partial.NotMoved, tag.Tag)
		}
	}
	if len(partial.Moved) == 0 || len(partial.NotMoved)+len(partial.Unknown) == 0 {
		return err
	}
	return partial
}
