package push

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// copyMissing copies the images that the target lacks.
func (p *pusher) copyMissing(ctx context.Context) error {
	var images []plan.Entry
	for _, e := range p.plan.Entries {
		if e.Copy {
			images = append(images, e)
		}
	}
	if err := p.copyImages(ctx, images, p.storeChild); err != nil {
		return err
	}
	if !p.plan.ChangesTags() && !p.plan.Force { // the index exists, and the target does not hold these
		for _, e := range images {
			p.repaired(e.Descriptor.Digest)
		}
	}
	return nil
}

// storeChild stores a manifest by its digest, unless a later step stores it as the index.
func (p *pusher) storeChild(ctx context.Context, m registry.Manifest) error {
	if m.Digest == p.plan.Index.Digest && p.movesTags() && !p.plan.Split {
		return nil
	}
	return p.store(ctx, m)
}

// copyImages copies images to the target, many at once. It stores each manifest after its subject, and each index
// after its entries.
func (p *pusher) copyImages(ctx context.Context, images []plan.Entry, put func(context.Context, registry.Manifest) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &copier{pusher: p, put: put, cancel: cancel, blobs: map[v1.Hash]*sharedBlob{}}
	if err := c.prepare(ctx, images); err != nil {
		return err
	}
	o := orderOf(images)
	return parallel.Each(ctx, len(o.images), func(ctx context.Context, i int) error {
		e := o.images[i]
		err := c.copyInOrder(ctx, o, i)
		if err == nil {
			close(o.done[i])
		}
		return p.copyError(e, err)
	})
}

// copyError says which copy failed.
func (p *pusher) copyError(e plan.Entry, err error) error {
	if e.From == (spec.Place{}) {
		return registry.WrapOp("attach provenance to", p.byDigest(), err)
	}
	return registry.WrapOp("copy to "+p.plan.Target.String()+" from", spec.Reference{Place: e.From, Digest: e.Descriptor.Digest}, err)
}

// A copier copies images. It sends a blob once, however many images share it.
type copier struct {
	*pusher
	put    func(context.Context, registry.Manifest) error
	cancel context.CancelFunc // because other images wait for the blob, too
	blobs  map[v1.Hash]*sharedBlob
}

// copyInOrder copies one manifest after the manifests that it refers to. It repeats the PUT of an index as long as
// the registry may still find the entries, and first sends those that the registry does not hold.
func (c *copier) copyInOrder(ctx context.Context, o order, i int) error {
	e := o.images[i]
	await := func(ctx context.Context) error { return o.await(ctx, i) }
	if !e.Descriptor.MediaType.IsIndex() {
		return c.copy(ctx, e, await)
	}
	put := func(ctx context.Context) error { return c.copy(ctx, e, await) }
	return patiently(ctx, put, func(ctx context.Context) error {
		_, err := c.resend(ctx, o.images[:i], c.put)
		return err
	})
}

// copy copies one image: first its blobs, because a registry accepts no manifest without them. If the registry
// reports missing blobs, after a mount that it only claimed to have done, copy sends the bytes of these blobs, or
// of all blobs if the registry names none. It stores the manifest when await returns.
func (c *copier) copy(ctx context.Context, e plan.Entry, await func(context.Context) error) error {
	source, err := c.session.Open(ctx, e.From)
	if err != nil {
		return err
	}
	if _, err := c.transfer(ctx, e, uploadDefault); err != nil {
		return err
	}
	m, err := source.Manifest(ctx, registry.Ref{Digest: e.Descriptor.Digest})
	if err != nil {
		return err
	}
	if err := await(ctx); err != nil {
		return err
	}
	err = c.put(ctx, m)
	if !incomplete(err) || e.From == c.plan.Target || e.Descriptor.MediaType.IsIndex() {
		return err
	}
	if foreign := refusedForeign(m, err); foreign != nil {
		return foreign
	}
	sent, againErr := c.transfer(ctx, e, uploadIfMissing)
	if sent == 0 && againErr == nil {
		_, againErr = c.transfer(ctx, e, uploadAlways)
	}
	if againErr != nil {
		return bothOf(err, againErr)
	}
	if againErr = c.put(ctx, m); againErr == nil && sent == 0 {
		c.repairedNamed(e, err)
	}
	return againErr
}

// bothOf joins a refusal with the failure of its repair, unless the repair was only canceled.
func bothOf(refusal, err error) error {
	if errors.Is(err, context.Canceled) {
		return refusal
	}
	return errors.Join(refusal, err)
}

// repairedNamed records the blobs that the registry named when it refused an image, if it accepted the image after
// they were sent again. The registry had claimed to have them.
func (c *copier) repairedNamed(e plan.Entry, refusal error) {
	for _, d := range e.Blobs {
		if names(refusal, d.Digest) {
			c.repaired(d.Digest)
		}
	}
}

// repair copies again the images of the index that the target does not hold (any more).
func (p *pusher) repair(ctx context.Context) error {
	sent, err := p.resend(ctx, p.plan.Entries, p.store)
	for _, e := range sent {
		if e.Descriptor.Digest != p.plan.Index.Digest {
			p.repaired(e.Descriptor.Digest)
		}
	}
	return err
}

// resend copies again those of some manifests that the target does not hold, and returns them.
func (p *pusher) resend(ctx context.Context, all []plan.Entry, put func(context.Context, registry.Manifest) error) ([]plan.Entry, error) {
	gone := make([]bool, len(all))
	err := parallel.Each(ctx, len(gone), func(ctx context.Context, i int) error {
		_, err := p.target.Describe(ctx, registry.Ref{Digest: all[i].Descriptor.Digest})
		gone[i] = errors.Is(err, registry.ErrNotFound)
		if gone[i] {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var images []plan.Entry
	for i, e := range all {
		if gone[i] {
			images = append(images, e)
		}
	}
	if err := p.copyImages(ctx, images, put); err != nil {
		return nil, err
	}
	return images, nil
}

// repaired records content that the target lacked, although it should have held it.
func (p *pusher) repaired(digest v1.Hash) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.report.Repaired, digest) {
		p.report.Repaired = append(p.report.Repaired, digest)
	}
}
