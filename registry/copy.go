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
	if err := p.bring(ctx, images); err != nil {
		return err
	}
	if !p.plan.moves() { // the index was there, so these should have been
		for _, e := range images {
			p.repaired(e.Manifest.Digest)
		}
	}
	return nil
}

// bring copies images to the target, many at once.
func (p *pusher) bring(ctx context.Context, images []Planned) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &copier{pusher: p, put: map[v1.Hash]transfer{}, again: map[v1.Hash]transfer{}}
	if err := c.prepare(ctx, images); err != nil {
		return err
	}
	return each(ctx, len(images), func(ctx context.Context, i int) error {
		err := c.copy(ctx, images[i])
		if err != nil {
			cancel() // also the blobs that images share
		}
		ref := spec.Reference{Place: images[i].From, Digest: images[i].Manifest.Digest}
		return opError("copy to "+p.plan.Target.String()+" from", ref, err)
	})
}

// A transfer brings a blob, for all who need it.
type transfer func(context.Context) (Transfer, error)

// A copier copies images. A blob goes over once, however many of them share it.
type copier struct {
	*pusher
	put, again map[v1.Hash]transfer
}

// prepare finds where each blob can be taken from.
func (c *copier) prepare(ctx context.Context, images []Planned) error {
	from := map[v1.Hash][]Repository{}
	for _, e := range images {
		source, err := c.session.Open(ctx, e.From)
		if err != nil {
			return opError("open", e.From, err)
		}
		for _, d := range e.Blobs {
			from[d.Digest] = append(from[d.Digest], source)
		}
	}
	var blobs []v1.Descriptor
	for _, e := range images {
		for _, d := range e.Blobs {
			if c.put[d.Digest] == nil {
				c.put[d.Digest] = share(func() (Transfer, error) { return c.blob(ctx, d, from[d.Digest]) })
				c.again[d.Digest] = share(func() (Transfer, error) { return c.sendAgain(ctx, d, from[d.Digest]) })
				blobs = append(blobs, d)
			}
		}
	}
	if copying := c.options.Watch.Copying; copying != nil && len(blobs) > 0 {
		copying(c.plan.Target, blobs)
	}
	return nil
}

// copy brings one image: its blobs first, as a registry takes no manifest without them. One that
// misses some all the same, after a mount that it only claimed to have done, gets their bytes.
func (c *copier) copy(ctx context.Context, e Planned) error {
	source, err := c.session.Open(ctx, e.From)
	if err != nil {
		return err
	}
	if err := c.transfer(ctx, e, c.put); err != nil {
		return err
	}
	m, err := source.Manifest(ctx, Ref{Digest: e.Manifest.Digest})
	if err != nil {
		return err
	}
	err = c.target.PutManifest(ctx, Ref{Digest: m.Digest}, m)
	if !incomplete(err) || e.From == c.plan.Target {
		return err
	}
	if againErr := c.transfer(ctx, e, c.again); againErr != nil {
		return errors.Join(err, againErr)
	}
	return c.target.PutManifest(ctx, Ref{Digest: m.Digest}, m)
}

// transfer brings the blobs of an image in one of the two ways.
func (c *copier) transfer(ctx context.Context, e Planned, way map[v1.Hash]transfer) error {
	if e.From == c.plan.Target {
		return nil // they are where they are
	}
	return each(ctx, len(e.Blobs), func(ctx context.Context, i int) error {
		_, err := way[e.Blobs[i].Digest](ctx)
		return err
	})
}

// blob brings a blob. With Force the registry is not believed that it has it.
func (c *copier) blob(ctx context.Context, d v1.Descriptor, from []Repository) (Transfer, error) {
	how, err := c.target.PutBlob(ctx, d, from...)
	if err == nil && c.plan.Force && how != Streamed {
		var again Transfer
		if again, err = c.again[d.Digest](ctx); again == Streamed {
			how = again
		}
	}
	if err != nil {
		return how, err
	}
	if c.options.Watch.Copied != nil {
		c.options.Watch.Copied(c.plan.Target, d, how)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Blobs.count(how, d.Size)
	return how, nil
}

// sendAgain sends the bytes of a blob, if the registry does not have them.
func (c *copier) sendAgain(ctx context.Context, d v1.Descriptor, from []Repository) (Transfer, error) {
	bytes := make([]Repository, len(from))
	for i, source := range from {
		bytes[i] = Bytes{source}
	}
	how, err := c.target.PutBlob(ctx, d, bytes...)
	if err == nil && how == Streamed {
		c.repaired(d.Digest)
	}
	return how, err
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
	if err := p.bring(ctx, images); err != nil {
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
