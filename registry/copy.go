package registry

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// copyAll brings the images that the target lacks.
func (p *pusher) copyAll(ctx context.Context) error {
	var images []Planned
	for _, e := range p.plan.Entries {
		if e.Copy {
			images = append(images, e)
		}
	}
	if err := p.bring(ctx, images, p.store); err != nil {
		return err
	}
	if !p.plan.moves() { // the index was there, so these should have been
		for _, e := range images {
			p.repaired(e.Manifest.Digest)
		}
	}
	return nil
}

// bring copies images to the target, many at once, and then the indexes among them, each behind what it
// holds.
func (p *pusher) bring(ctx context.Context, images []Planned, put func(context.Context, Manifest) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &copier{pusher: p, put: put, cancel: cancel, blobs: map[v1.Hash]*copied{}}
	if err := c.prepare(ctx, images); err != nil {
		return err
	}
	one := func(ctx context.Context, e Planned) error {
		ref := spec.Reference{Place: e.From, Digest: e.Manifest.Digest}
		return opError("copy to "+p.plan.Target.String()+" from", ref, c.copy(ctx, e))
	}
	isIndex := func(e Planned) bool { return e.Manifest.MediaType.IsIndex() }
	err := each(ctx, len(images), func(ctx context.Context, i int) error {
		if isIndex(images[i]) {
			return nil
		}
		return one(ctx, images[i])
	})
	for _, e := range images {
		if err == nil && isIndex(e) {
			err = one(ctx, e)
		}
	}
	return err
}

// A copier copies images. A blob goes over once, however many of them share it.
type copier struct {
	*pusher
	put    func(context.Context, Manifest) error
	cancel context.CancelFunc // as a blob that fails is waited for by images that do not know
	blobs  map[v1.Hash]*copied
}

// copy brings one image: its blobs first, as a registry takes no manifest without them. One that
// misses some all the same, after a mount that it only claimed to have done, gets their bytes: those
// that it says it lacks, or all if it says it lacks none.
func (c *copier) copy(ctx context.Context, e Planned) error {
	source, err := c.session.Open(ctx, e.From)
	if err != nil {
		return err
	}
	if _, err := c.transfer(ctx, e, asPlanned); err != nil {
		return err
	}
	m, err := source.Manifest(ctx, Ref{Digest: e.Manifest.Digest})
	if err != nil {
		return err
	}
	err = c.put(ctx, m)
	if !incomplete(err) || e.From == c.plan.Target {
		return err
	}
	sent, againErr := c.transfer(ctx, e, ifMissed)
	if sent == 0 && againErr == nil {
		_, againErr = c.transfer(ctx, e, inAnyCase)
	}
	if againErr != nil {
		return errors.Join(err, againErr)
	}
	return c.put(ctx, m)
}

// store stores a manifest by its digest.
func (p *pusher) store(ctx context.Context, m Manifest) error {
	return p.target.PutManifest(ctx, Ref{Digest: m.Digest}, m)
}

// mend brings again the images of the index that the target does not hold (any more).
func (p *pusher) mend(ctx context.Context) error {
	gone := make([]bool, len(p.plan.Entries))
	err := each(ctx, len(gone), func(ctx context.Context, i int) error {
		_, err := p.target.Describe(ctx, Ref{Digest: p.plan.Entries[i].Manifest.Digest})
		gone[i] = errors.Is(err, ErrNotFound)
		if gone[i] {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	var images []Planned
	for i, e := range p.plan.Entries {
		if gone[i] {
			images = append(images, e)
		}
	}
	if err := p.bring(ctx, images, p.store); err != nil {
		return err
	}
	for _, e := range images {
		p.repaired(e.Manifest.Digest)
	}
	return nil
}

// repaired writes down what the target should have held.
func (p *pusher) repaired(digest v1.Hash) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.Repaired = append(p.report.Repaired, digest)
}
