package push

import (
	"context"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A way is a way to copy a blob to the target.
type uploadMode int

const (
	uploadDefault   uploadMode = iota // by a mount, or by the way that the target prefers
	uploadIfMissing                   // by its bytes, if the target reports that it lacks the blob
	uploadAlways                      // by its bytes in any case
)

// copied is a blob with its possible sources. Each way to copy it is tried once.
type sharedBlob struct {
	v1.Descriptor
	places []spec.Place
	from   []registry.Repository
	bring  [uploadAlways + 1]func(context.Context) (registry.Transfer, error)
}

// prepare finds the sources of each blob.
func (c *copier) prepare(ctx context.Context, images []plan.Entry) error {
	var blobs []v1.Descriptor
	for _, e := range images {
		source, err := c.session.Open(ctx, e.From)
		if err != nil {
			return registry.WrapOp("open", e.From, err)
		}
		for _, d := range e.Blobs {
			b := c.blobs[d.Digest]
			if b == nil {
				b = &sharedBlob{Descriptor: d}
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

// share sets up the ways to copy a blob.
func (c *copier) share(ctx context.Context, b *sharedBlob) {
	for i, bring := range []func(context.Context, *sharedBlob) (registry.Transfer, error){uploadDefault: c.blob, uploadIfMissing: c.missed, uploadAlways: c.bytes} {
		b.bring[i] = parallel.Share(func() (registry.Transfer, error) {
			how, err := bring(ctx, b)
			if err != nil {
				c.cancel()
			}
			return how, err
		})
	}
}

// transfer copies the blobs of an image in one mode, and returns how many were streamed.
func (c *copier) transfer(ctx context.Context, e plan.Entry, w uploadMode) (int, error) {
	if e.From == c.plan.Target {
		return 0, nil // source and target are the same
	}
	how := make([]registry.Transfer, len(e.Blobs))
	err := parallel.Each(ctx, len(e.Blobs), func(ctx context.Context, i int) (err error) {
		how[i], err = c.blobs[e.Blobs[i].Digest].bring[w](ctx)
		return err
	})
	streamed := 0
	for _, t := range how {
		if t == registry.Streamed {
			streamed++
		}
	}
	return streamed, err
}

// blob copies a blob. With Force it sends the bytes, whatever the registry claims to have.
func (c *copier) blob(ctx context.Context, b *sharedBlob) (registry.Transfer, error) {
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

func bytesOf(from []registry.Repository) []registry.Repository {
	bytes := make([]registry.Repository, len(from))
	for i, source := range from {
		bytes[i] = registry.ForceUpload{Repository: source}
	}
	return bytes
}

// missed sends a blob that the registry reports as missing.
func (c *copier) missed(ctx context.Context, b *sharedBlob) (registry.Transfer, error) {
	has, err := c.target.HasBlob(ctx, b.Descriptor)
	if err != nil || has {
		return registry.Present, err
	}
	how, err := b.bring[uploadAlways](ctx)
	if err == nil && how == registry.Streamed {
		c.repaired(b.Digest)
	}
	return how, err
}

// bytes sends a blob.
func (c *copier) bytes(ctx context.Context, b *sharedBlob) (registry.Transfer, error) {
	return c.target.PutBlob(ctx, b.Descriptor, bytesOf(b.from)...)
}
