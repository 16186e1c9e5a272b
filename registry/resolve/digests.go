package resolve

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Digests returns the digests that some references hold now, without reading the manifests. With a platform, it reads
// each index, and returns the digest of its image for the platform.
func Digests(ctx context.Context, session registry.Session, refs []spec.Reference, only *v1.Platform) ([]v1.Hash, error) {
	digests := make([]v1.Hash, len(refs))
	err := parallel.Each(ctx, len(refs), func(ctx context.Context, i int) (err error) {
		digests[i], err = digestOf(ctx, session, refs[i], only)
		return err
	})
	return digests, err
}

func digestOf(ctx context.Context, session registry.Session, ref spec.Reference, only *v1.Platform) (v1.Hash, error) {
	repository, err := session.Open(ctx, ref.Place)
	if err != nil {
		return v1.Hash{}, registry.WrapOp("open", ref.Place, err)
	}
	if only == nil {
		d, err := repository.Describe(ctx, registry.RefOf(ref))
		return d.Digest, registry.WrapOp("inspect", ref, err)
	}
	m, err := repository.Manifest(ctx, registry.RefOf(ref))
	if err != nil {
		return v1.Hash{}, registry.WrapOp("inspect", ref, err)
	}
	found := plan.Inspection{Reference: ref, Manifest: m}
	if m.MediaType.IsIndex() {
		first, _, err := match(ctx, repository, found, *only)
		return first.Descriptor.Digest, err
	}
	doc, err := registry.ParseDocument(m)
	if err == nil {
		found.Image, err = details(ctx, repository, doc, true, false)
	}
	if err == nil {
		_, err = Select(ctx, repository, found, *only, false)
	}
	return m.Digest, registry.WrapOp("inspect", ref, err)
}
