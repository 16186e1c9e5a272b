package registry

import (
	"context"
	"errors"
	"slices"

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
	c := &copier{pusher: p, cancel: cancel, blobs: map[v1.Hash]*copied{}}
	if err := c.prepare(ctx, images); err != nil {
		return err
	}
	return each(ctx, len(images), func(ctx context.Context, i int) error {
		ref := spec.Reference{Place: images[i].From, Digest: images[i].Manifest.Digest}
		return opError("copy to "+p.plan.Target.String()+" from", ref, c.copy(ctx, images[i]))
	})
}

// A copier copies images. A blob goes over once, however many of them share it.
type copier struct {
	*pusher
	cancel context.CancelFunc // as a blob that fails is waited for by images that do not know
	blobs  map[v1.Hash]*copied
}

// copied is a blob, where it can be taken from, and the ways in which it comes to the target: as a plan
// has it, by its bytes if the registry says that it lacks it, and by its bytes whatever it says.
type copied struct {
	v1.Descriptor
	places           []spec.Place
	from             []Repository
	put, missed, all func(context.Context) (Transfer, error)
}

// prepare finds where each blob can be taken from.
func (c *copier) prepare(ctx context.Context, images []Planned) error {
	var blobs []v1.Descriptor
	for _, e := range images {
		source, err := c.session.Open(ctx, e.From)
		if err != nil {
			return opError("open", e.From, err)
		}
		for _, d := range e.Blobs {
			b := c.blobs[d.Digest]
			if b == nil {
				b = &copied{Descriptor: d}
				c.blobs[d.Digest] = b
				c.share(ctx, b)
				blobs = append(blobs, d)
			}
			if !slices.Contains(b.places, e.From) && e.From != c.plan.Target {
				b.places, b.from = append(b.places, e.From), append(b.from, source)
			}
		}
	}
	if copying := c.options.Watch.Copying; copying != nil && len(blobs) > 0 {
		copying(c.plan.Target, blobs)
	}
	return nil
}

// share makes each way to bring a blob one that is gone once.
func (c *copier) share(ctx context.Context, b *copied) {
	once := func(bring func(context.Context, *copied) (Transfer, error)) func(context.Context) (Transfer, error) {
		return share(func() (Transfer, error) {
			how, err := bring(ctx, b)
			if err != nil {
				c.cancel()
			}
			return how, err
		})
	}
	b.put, b.missed, b.all = once(c.blob), once(c.missed), once(c.bytes)
}

// copy brings one image: its blobs first, as a registry takes no manifest without them. One that
// misses some all the same, after a mount that it only claimed to have done, gets their bytes: those
// that it says it lacks, or all if it says it lacks none.
func (c *copier) copy(ctx context.Context, e Planned) error {
	source, err := c.session.Open(ctx, e.From)
	if err != nil {
		return err
	}
	if _, err := c.transfer(ctx, e, func(b *copied) func(context.Context) (Transfer, error) { return b.put }); err != nil {
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
	sent, againErr := c.transfer(ctx, e, func(b *copied) func(context.Context) (Transfer, error) { return b.missed })
	if sent == 0 && againErr == nil {
		_, againErr = c.transfer(ctx, e, func(b *copied) func(context.Context) (Transfer, error) { return b.all })
	}
	if againErr != nil {
		return errors.Join(err, againErr)
	}
	return c.target.PutManifest(ctx, Ref{Digest: m.Digest}, m)
}

// transfer brings the blobs of an image in one of the ways, and tells how many were streamed.
func (c *copier) transfer(ctx context.Context, e Planned, way func(*copied) func(context.Context) (Transfer, error)) (int, error) {
	if e.From == c.plan.Target {
		return 0, nil // they are where they are
	}
	how := make([]Transfer, len(e.Blobs))
	err := each(ctx, len(e.Blobs), func(ctx context.Context, i int) (err error) {
		how[i], err = way(c.blobs[e.Blobs[i].Digest])(ctx)
		return err
	})
	streamed := 0
	for _, t := range how {
		if t == Streamed {
			streamed++
		}
	}
	return streamed, err
}

// blob brings a blob. With Force it is sent, whatever the registry says it has.
func (c *copier) blob(ctx context.Context, b *copied) (Transfer, error) {
	from := b.from
	if c.plan.Force {
		from = bytesOf(from)
	}
	how, err := c.target.PutBlob(ctx, b.Descriptor, from...)
	if err != nil {
		return how, err
	}
	if c.options.Watch.Copied != nil {
		c.options.Watch.Copied(c.plan.Target, b.Descriptor, how)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report.Blobs.count(how, b.Size)
	return how, nil
}

func bytesOf(from []Repository) []Repository {
	bytes := make([]Repository, len(from))
	for i, source := range from {
		bytes[i] = Bytes{source}
	}
	return bytes
}

// missed sends a blob that the registry says it lacks.
func (c *copier) missed(ctx context.Context, b *copied) (Transfer, error) {
	has, err := c.target.HasBlob(ctx, b.Descriptor)
	if err != nil || has {
		return Present, err
	}
	return b.all(ctx)
}

// bytes sends a blob.
func (c *copier) bytes(ctx context.Context, b *copied) (Transfer, error) {
	how, err := c.target.PutBlob(ctx, b.Descriptor, bytesOf(b.from)...)
	if err == nil && how == Streamed {
		c.repaired(b.Digest)
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
