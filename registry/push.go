package registry

import (
	"context"
	"errors"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/manifest-tool/manifest-tool/spec"
)

// Push carries out a plan, in the order that never breaks a tag: blobs, then the manifests that
// need them by digest, then the index under the first tag, then the other tags. Each tag is read
// back. The report tells what was done, also beside an error.
func Push(ctx context.Context, session Session, plan Plan) (Report, error) {
	target, err := session.Open(ctx, plan.Target)
	if err != nil {
		return Report{}, opError("open", plan.Target, err)
	}
	p := &pusher{session: session, target: target, plan: plan, report: newReport(plan)}
	if err := p.copyAll(ctx); err != nil {
		return p.report, err
	}
	if len(plan.Moves) == 0 {
		return p.report, opError("push", p.byDigest(), p.untagged(ctx))
	}
	return p.report, p.moveTags(ctx)
}

type pusher struct {
	session Session
	target  Repository
	plan    Plan
	mu      sync.Mutex // of report and blobs
	report  Report
	blobs   map[v1.Hash]func() error
}

func (p *pusher) byDigest() spec.Reference {
	return spec.Reference{Place: p.plan.Target, Digest: p.plan.Index.Digest}
}

func (p *pusher) byTag(tag string) spec.Reference {
	return spec.Reference{Place: p.plan.Target, Tag: tag}
}

// copyAll brings the images that the target lacks, many at once.
func (p *pusher) copyAll(ctx context.Context) error {
	p.blobs = map[v1.Hash]func() error{}
	errs := make([]error, len(p.plan.Entries))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, e := range p.plan.Entries {
		if e.Copy {
			group.Go(func() error {
				ref := spec.Reference{Place: e.From, Digest: e.Manifest.Digest}
				errs[i] = opError("copy to "+p.plan.Target.String()+" from", ref, p.copy(ctx, e))
				return errs[i]
			})
		}
	}
	group.Wait()
	return first(errs)
}

// copy brings one image: its blobs first, as a registry takes no manifest without them.
func (p *pusher) copy(ctx context.Context, e Planned) error {
	source, err := p.session.Open(ctx, e.From)
	if err != nil {
		return err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	errs := make([]error, len(e.Blobs))
	for i, d := range e.Blobs {
		group.Go(func() error {
			errs[i] = p.blob(groupCtx, d, source)()
			return errs[i]
		})
	}
	group.Wait()
	if err := first(errs); err != nil {
		return err
	}
	m, err := source.Manifest(ctx, Ref{Digest: e.Manifest.Digest})
	if err != nil {
		return err
	}
	return p.target.PutManifest(ctx, Ref{Digest: m.Digest}, m)
}

// blob brings a blob, once however many images share it.
func (p *pusher) blob(ctx context.Context, d v1.Descriptor, source Repository) func() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.blobs[d.Digest] == nil {
		p.blobs[d.Digest] = sync.OnceValue(func() error {
			transfer, err := p.target.PutBlob(ctx, d, source)
			if err != nil {
				return err
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			p.report.Blobs.count(transfer, d.Size)
			return nil
		})
	}
	return p.blobs[d.Digest]
}

// untagged stores the index by digest alone, if it is not there.
func (p *pusher) untagged(ctx context.Context) error {
	ref := Ref{Digest: p.plan.Index.Digest}
	if !p.plan.Force {
		if _, err := p.target.Describe(ctx, ref); !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	if err := p.target.PutManifest(ctx, ref, p.plan.Index); err != nil {
		return err
	}
	return p.readBack(ctx, ref, v1.Hash{})
}

// moveTags puts the index under the first tag that needs it, which lets the registry check it,
// and then under the others together.
func (p *pusher) moveTags(ctx context.Context) error {
	var needed []int
	for i, m := range p.plan.Moves {
		if m.Needed {
			needed = append(needed, i)
		}
	}
	if len(needed) == 0 {
		return nil
	}
	errs := make([]error, len(p.plan.Moves))
	if errs[needed[0]] = p.move(ctx, needed[0]); p.report.Tags[needed[0]].moved() {
		var group errgroup.Group
		group.SetLimit(atOnce)
		for _, i := range needed[1:] {
			group.Go(func() error {
				errs[i] = p.move(ctx, i)
				return nil
			})
		}
		group.Wait()
	}
	return p.outcome(errs)
}

// move sets one tag and reads it back.
func (p *pusher) move(ctx context.Context, i int) error {
	m := p.plan.Moves[i]
	ref := Ref{Tag: m.Tag}
	status, err := Failed, p.target.PutManifest(ctx, ref, p.plan.Index)
	if err == nil {
		status = moveStatus(m)
		err = p.readBack(ctx, ref, m.From)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.Tags[i].Status = status
	return opError("push", p.byTag(m.Tag), err)
}

// outcome is what went wrong with the tags, and whether some of them moved all the same.
func (p *pusher) outcome(errs []error) error {
	err := first(errs)
	if err == nil {
		return nil
	}
	var moved, not []string
	for i, tag := range p.report.Tags {
		switch {
		case !p.plan.Moves[i].Needed:
		case errs[i] == nil && tag.moved():
			moved = append(moved, tag.Tag)
		default:
			not = append(not, tag.Tag)
		}
	}
	if len(moved) == 0 {
		return err
	}
	return &PartialError{Moved: moved, NotMoved: not, Err: err}
}
