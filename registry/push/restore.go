package push

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// Restore carries out a restoration: blobs, then the manifests that need them. It stores manifests by their digests
// only: it sets no tag, and it writes no list of referrers.
func Restore(ctx context.Context, session registry.Session, r plan.Restoration, o Options) error {
	target, err := session.Open(ctx, r.Target)
	if err != nil {
		return registry.WrapOp("open", r.Target, err)
	}
	p := &pusher{session: session, target: target, plan: plan.Plan{Target: r.Target, Entries: r.Entries, Force: r.Force}, options: o}
	if err := p.restoreBlobs(ctx, r.Blobs); err != nil {
		return registry.WrapOp("repair", r.Target, err)
	}
	return p.copyImages(ctx, r.Entries, func(ctx context.Context, m registry.Manifest) error {
		return target.PutManifest(ctx, registry.Ref{Digest: m.Digest}, m)
	})
}

// restoreBlobs copies blobs. The registry may only claim to have mounted a blob that it has lost, so restoreBlobs asks
// for each blob again, and sends the bytes of those that are missing.
func (p *pusher) restoreBlobs(ctx context.Context, blobs []plan.BlobSource) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &copier{pusher: p, cancel: cancel, blobs: map[v1.Hash]*sharedBlob{}}
	all := make([]plan.Entry, len(blobs))
	for i, b := range blobs {
		all[i] = plan.Entry{From: b.From, Blobs: []v1.Descriptor{b.Descriptor}}
	}
	if err := c.prepare(ctx, all); err != nil {
		return err
	}
	return parallel.Each(ctx, len(all), func(ctx context.Context, i int) error {
		_, err := c.transfer(ctx, all[i], uploadDefault)
		if err == nil {
			_, err = c.transfer(ctx, all[i], uploadIfMissing)
		}
		return err
	})
}
