package push

import (
	"bytes"
	"context"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/attest"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// withMade is a session whose zero place holds the referrers that the plan itself has made. They are copied from there
// as all others are copied from their places.
func withMade(session registry.Session, p plan.Plan) registry.Session {
	if r := p.Provenance(); r != nil {
		return madeSession{session, &made{Referrer: *r.Made}}
	}
	return session
}

type madeSession struct {
	registry.Session
	made *made
}

func (s madeSession) Open(ctx context.Context, place spec.Place) (registry.Repository, error) {
	if place == (spec.Place{}) {
		return s.made, nil
	}
	return s.Session.Open(ctx, place)
}

// made is a repository that holds one manifest and its blobs. It is only read.
type made struct {
	registry.Repository // nil: nothing else is asked of a source
	attest.Referrer
}

func (m *made) Manifest(_ context.Context, ref registry.Ref) (registry.Manifest, error) {
	if ref.Digest != m.Referrer.Manifest.Digest {
		return registry.Manifest{}, registry.Errorf(registry.ErrUnverified, "the plan holds no manifest %s", ref)
	}
	if registry.DigestOf(m.Referrer.Manifest.Bytes) != ref.Digest { // of a plan from a file
		return registry.Manifest{}, registry.Errorf(registry.ErrUnverified, "the plan holds other bytes for %s", ref)
	}
	return m.Referrer.Manifest, nil
}

func (m *made) Blob(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	i := slices.IndexFunc(m.Blobs, func(b v1.Descriptor) bool { return b.Digest == d.Digest })
	if i < 0 || i >= len(m.Contents) {
		return nil, registry.Errorf(registry.ErrUnverified, "the plan holds no blob %s", d.Digest)
	}
	return registry.Verify(io.NopCloser(bytes.NewReader(m.Contents[i])), d)
}
