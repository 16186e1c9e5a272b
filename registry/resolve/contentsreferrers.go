package resolve

import (
	"cmp"
	"context"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/verify"
)

// referrers reads what refers to the image and to the manifests below it.
func (p *placeReader) referrers(ctx context.Context, c *verify.Contents, leaves []index.Entry) (verify.Referrers, error) {
	subjects := []v1.Hash{}
	add := func(digest v1.Hash) {
		if digest != (v1.Hash{}) && !p.asked[digest] {
			p.asked[digest] = true
			subjects = append(subjects, digest)
		}
	}
	add(c.Root)
	for _, e := range leaves {
		add(e.Descriptor.Digest)
	}
	w := referrerWalker{manifestReader: p.manifestReader, seen: map[v1.Hash]bool{}, tolerant: true, goneIsFlaw: true}
	if err := w.walk(ctx, subjects); err != nil {
		return verify.Referrers{}, err
	}
	slices.SortStableFunc(w.flaws, func(a, b verify.ReferrerFlaw) int {
		return cmp.Or(cmp.Compare(a.Subject.Hex, b.Subject.Hex), cmp.Compare(a.Tag, b.Tag), cmp.Compare(a.Digest.Hex, b.Digest.Hex))
	})
	return verify.Referrers{Found: w.found, Flaws: w.flaws, Hidden: w.hidden}, nil
}

// referrerBlobs asks for the blobs of referrers.
func (w *work) referrerBlobs(ctx context.Context, found []plan.Referrer) error {
	var blobs []v1.Descriptor
	for _, r := range found {
		for _, n := range append(r.Descendants, r.Node) {
			blobs = append(blobs, n.Blobs...)
		}
	}
	return w.askAll(ctx, blobs)
}
