package resolve

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A manifestReader reads the manifests of one source.
type manifestReader struct {
	resolver
	repository registry.Repository
	place      spec.Place
}

// take finds the manifests that an entry of the spec takes from its source: an image, or those images of an
// index that the entry's platform selects, each with what belongs to it.
func (r manifestReader) take(ctx context.Context, e spec.Entry, m registry.Manifest) (nodes []plan.Node, unavailable []v1.Descriptor, err error) {
	if !m.MediaType.IsIndex() {
		return []plan.Node{{Entry: index.NewEntry(m.Descriptor()), Place: r.place}}, nil, nil
	}
	if nodes, err = r.walk(ctx, m); err != nil {
		return nil, nil, err
	}
	all := sizeOfDescriptors(nodes)
	if err := r.count(all); err != nil {
		return nil, nil, err
	}
	defer func() { r.descriptors.Add(sizeOfDescriptors(nodes) - all) }() // only the picked nodes are kept
	nodes = slices.DeleteFunc(nodes, func(n plan.Node) bool { return n.Kind == index.Nested && n.Missing == nil })
	if r.place.Kind == spec.DockerArchive {
		nodes, unavailable = r.available(ctx, nodes)
	}
	if err := r.identify(ctx, nodes); err != nil {
		return nil, nil, err
	}
	if e.Platform.Equals(v1.Platform{}) {
		if len(nodes) == 0 {
			return nil, nil, registry.Errorf(registry.ErrNotFound, "the index contains no image")
		}
		return nodes, unavailable, nil
	}
	nodes, err = pick(nodes, e.Platform)
	return nodes, nil, err
}

// pick leaves the group that a platform selects. The only image of an index is picked for every platform if
// neither the index nor the image says a platform.
func pick(nodes []plan.Node, want v1.Platform) ([]plan.Node, error) {
	entries := entriesOf(nodes)
	group, err := index.Match(entries, want)
	if errors.Is(err, registry.ErrNotFound) {
		attached := func(e index.Entry) bool { return e.IsAttached() }
		images := slices.DeleteFunc(slices.Clone(entries), attached)
		if len(images) == 1 && images[0].Platform.Equals(v1.Platform{}) {
			return nodes, nil
		}
	}
	var picked []plan.Node
	for _, i := range group {
		picked = append(picked, nodes[i])
	}
	return picked, err
}

// attachedToSome leaves out what belongs to an image that is not taken or does not exist. All others keep their
// order, which is that of the source.
func attachedToSome(nodes []plan.Node) []plan.Node {
	return slices.DeleteFunc(slices.Clone(nodes), func(n plan.Node) bool {
		isSubject := func(o plan.Node) bool { return !o.IsAttached() && o.Missing == nil && o.Descriptor.Digest == n.Subject }
		return n.IsAttached() && !slices.ContainsFunc(nodes, isSubject)
	})
}

// available leaves those images of an index that exist, unless none exists. The index that docker save
// writes lists every platform, and the archive holds the images that the engine has pulled or built. All
// that another index lists has to exist.
func (r manifestReader) available(ctx context.Context, nodes []plan.Node) (there []plan.Node, unavailable []v1.Descriptor) {
	for _, n := range nodes {
		_, err := r.repository.Describe(ctx, registry.Ref{Digest: n.Descriptor.Digest})
		switch {
		case !errors.Is(err, registry.ErrNotFound): // what is wrong with an existing manifest shows later
			there = append(there, n)
		case !n.IsAttached():
			unavailable = append(unavailable, n.Descriptor)
		}
	}
	if len(there) == 0 {
		return nodes, nil
	}
	return there, unavailable
}

// complete reads the facts about a manifest that the index lacks, and checks at the same time which targets hold
// the manifest.
func (r manifestReader) complete(ctx context.Context, n *plan.Node) error {
	if n.Missing != nil {
		return nil
	}
	elsewhere := func(t *target) bool { return t.place != r.place }
	if n.IsAttached() && (r.options.DropAttestations && n.Kind == index.Attestation || !slices.ContainsFunc(r.targets, elsewhere)) {
		return nil // it is left out, or stays where it is
	}
	reads := r.present(n.Descriptor.Digest)
	if n.Blobs == nil {
		reads = append(reads, func(ctx context.Context) error {
			_, err := r.readNode(ctx, n, !n.IsAttached())
			return err
		})
	}
	err := parallel.Each(ctx, len(reads), func(ctx context.Context, i int) error { return reads[i](ctx) })
	if errors.Is(err, registry.ErrNotFound) && r.options.IgnoreMissing {
		n.Missing, err = registry.WrapOp("read", spec.Reference{Place: n.Place, Digest: n.Descriptor.Digest}, err), nil
	}
	return err
}

// present asks the targets whether they hold a manifest.
func (r manifestReader) present(digest v1.Hash) []func(context.Context) error {
	if r.options.TagsFirst {
		return nil
	}
	asks := make([]func(context.Context) error, len(r.targets))
	for i, t := range r.targets {
		asks[i] = func(ctx context.Context) error { return t.checkPresent(ctx, digest, r.place) }
	}
	return asks
}

// readNode reads the manifest of a node, and its config if that is wanted.
func (r manifestReader) readNode(ctx context.Context, n *plan.Node, withConfig bool) (registry.Document, error) {
	if !n.Descriptor.MediaType.IsImage() {
		return registry.Document{}, registry.Errorf(registry.ErrInvalid, "%s is not an image: its media type is %q (set a platform in the entry to select one image)",
			n.Descriptor.Digest, n.Descriptor.MediaType)
	}
	m, err := r.manifest(ctx, n.Descriptor)
	if err != nil {
		return registry.Document{}, err
	}
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return doc, err
	}
	n.RefersTo = doc.SubjectDigest()
	n.Blobs = doc.Blobs()
	n.Describe(doc)
	if doc.Config == nil || !withConfig {
		return doc, nil
	}
	config, err := registry.ReadConfig(ctx, r.repository, *doc.Config)
	n.Config, n.ConfigType, n.BuiltByBuildKit = config.Platform, doc.Config.MediaType, config.BuiltByBuildKit
	return doc, err
}

// manifest reads a child, and checks it against its descriptor.
func (r manifestReader) manifest(ctx context.Context, d v1.Descriptor) (registry.Manifest, error) {
	m, err := r.repository.Manifest(ctx, registry.Ref{Digest: d.Digest})
	switch {
	case errors.Is(err, registry.ErrNotFound):
		return m, registry.Errorf(registry.ErrNotFound, "the index lists %s, which does not exist: %w", d.Digest, err)
	case err != nil:
		return m, err
	case m.MediaType != d.MediaType:
		return m, registry.Errorf(registry.ErrUnverified, "%s is a %q, but its descriptor says %q", d.Digest, m.MediaType, d.MediaType)
	case int64(len(m.Bytes)) != d.Size:
		return m, registry.Errorf(registry.ErrUnverified, "%s has %d bytes, but its descriptor says %d", d.Digest, len(m.Bytes), d.Size)
	}
	return m, nil
}

// attestationsOf finds the attestations of a single image that exist only as referrers of the image, as
// BuildKit stores them with oci-artifact=true. Only the config of an image that BuildKit has built makes
// this worth a request.
func (r manifestReader) attestationsOf(ctx context.Context, n plan.Node) ([]plan.Node, error) {
	if r.options.DropAttestations || n.Raw != nil || !n.BuiltByBuildKit || n.Descriptor.MediaType != types.OCIManifestSchema1 {
		return nil, nil
	}
	listed, err := registry.ListReferrers(ctx, r.repository, registry.ReferrersQuery{Subject: n.Descriptor.Digest, TrustEmpty: true})
	if err != nil {
		return nil, err
	}
	var found []plan.Node
	for _, d := range listed.Value {
		if d.ArtifactType == index.AttestationArtifactType && d.MediaType.IsImage() {
			d = v1.Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size}
			found = append(found, plan.Node{Entry: index.NewAttestation(d, n.Descriptor.Digest), Place: n.Place})
		}
	}
	return found, nil
}
