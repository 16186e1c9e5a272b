package resolve

import (
	"context"
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// maxDepth limits the levels of nested indexes.
const maxDepth = 4

// A treeWalker lists what is below an index. It is the only walker: it reads each index once, and it holds
// the limits on depth and on the number of manifests.
type treeWalker struct {
	manifestReader
	read  map[v1.Hash]bool // the indexes that were read
	nodes []plan.Node
}

// walk lists all manifests below an index. The entries of a nested index come before it.
func (r manifestReader) walk(ctx context.Context, m registry.Manifest) ([]plan.Node, error) {
	w := treeWalker{manifestReader: r, read: map[v1.Hash]bool{m.Digest: true}}
	_, err := w.index(ctx, m, 1)
	return w.nodes, err
}

func (w *treeWalker) index(ctx context.Context, m registry.Manifest, depth int) (children []v1.Hash, err error) {
	x, err := index.Parse(m)
	if err != nil {
		return nil, err
	}
	for _, e := range x.Entries {
		if e.Descriptor.Digest == (v1.Hash{}) {
			return nil, registry.Errorf(registry.ErrUnverified, "an entry of the index %s has no digest", m.Digest)
		}
		node := plan.Node{Entry: e, Place: w.place}
		if e.Kind == index.Nested {
			if err := w.nested(ctx, &node, depth); err != nil {
				return nil, err
			}
		}
		if w.nodes = append(w.nodes, node); len(w.nodes) > spec.MaxEntries {
			return nil, registry.Errorf(registry.ErrUnverified, "the index has more than %d entries, which is the limit", spec.MaxEntries)
		}
		children = append(children, e.Descriptor.Digest)
	}
	return children, nil
}

// nested lists what a nested index lists, unless that index was read before.
func (w *treeWalker) nested(ctx context.Context, node *plan.Node, depth int) error {
	digest := node.Descriptor.Digest
	switch {
	case depth == maxDepth:
		return registry.Errorf(registry.ErrUnverified, "more than %d levels of nested indexes", maxDepth)
	case w.read[digest]:
		return nil
	}
	w.read[digest] = true
	m, err := w.manifest(ctx, node.Descriptor)
	if errors.Is(err, registry.ErrNotFound) && w.options.IgnoreMissing {
		node.Missing = err
		return nil
	}
	if err == nil {
		node.Children, err = w.index(ctx, m, depth+1)
	}
	if err == nil {
		node.RefersTo, err = registry.SubjectOf(m)
	}
	return err
}

// tree reads an image with all that is below it, as far as the options ask for it. Manifests are read where
// they may have to be copied.
func (r resolver) tree(ctx context.Context, ref spec.Reference) (*plan.ImageTree, error) {
	tree := &plan.ImageTree{Reference: ref}
	repository, err := r.session.Open(ctx, ref.Place)
	if err != nil {
		return nil, registry.WrapOp("open", ref.Place, err)
	}
	reader := manifestReader{resolver: r, repository: repository, place: ref.Place}
	if tree.Manifest, err = repository.Manifest(ctx, registry.RefOf(ref)); err == nil {
		tree.Descendants, err = reader.descendants(ctx, tree.Manifest)
	}
	return tree, registry.WrapOp("read", ref, err)
}

// descendants are all manifests below an index, or a single image.
func (r manifestReader) descendants(ctx context.Context, m registry.Manifest) (nodes []plan.Node, err error) {
	nodes = []plan.Node{{Entry: index.NewEntry(m.Descriptor()), Place: r.place}}
	if m.MediaType.IsIndex() {
		if nodes, err = r.walk(ctx, m); err != nil {
			return nil, err
		}
	}
	if r.changes || len(r.options.Platforms) > 0 {
		if err := r.identify(ctx, nodes); err != nil {
			return nil, err
		}
	}
	wanted := r.wanted(nodes)
	stays := !slices.ContainsFunc(r.targets, func(t *target) bool { return t.place != r.place })
	err = parallel.Each(ctx, len(nodes), func(ctx context.Context, i int) error {
		n := &nodes[i]
		if !wanted[i] {
			n.LeftOut = true
			return nil
		}
		reads := r.present(n.Descriptor.Digest)
		brief := r.options.Brief && len(r.options.Require) == 0 // the platform is only for the report
		withConfig := n.Kind == index.Image && !n.HasPlatform() && n.ConfigType == "" && !brief
		// the manifest distinguishes an artifact, which gets no tag and serves no platform, from an image
		kindMatters := n.Kind == index.Image && (!r.spec.PlatformTags.IsZero() || len(r.options.Require) > 0)
		if n.Kind != index.Nested && (withConfig || kindMatters || !stays) {
			reads = append(reads, func(ctx context.Context) error { _, err := r.readNode(ctx, n, withConfig); return err })
		}
		return parallel.Each(ctx, len(reads), func(ctx context.Context, i int) error { return reads[i](ctx) })
	})
	return nodes, err
}

// wanted reports which manifests of an index the options ask for. What they leave out is never read.
func (r manifestReader) wanted(nodes []plan.Node) []bool {
	nested := func(n plan.Node) bool { return n.Kind == index.Nested }
	wanted := slices.Repeat([]bool{true}, len(nodes))
	if slices.ContainsFunc(nodes, nested) {
		return wanted
	}
	entries := entriesOf(nodes)
	if len(r.options.Platforms) > 0 {
		wanted, _ = index.Select(entries, r.options.Platforms)
	}
	for _, pick := range r.removes {
		for _, i := range index.Picked(entries, pick) {
			wanted[i] = false
		}
	}
	return sameForOneDigest(nodes, wanted)
}

// sameForOneDigest makes a manifest wanted in all places where an index lists it, if it is wanted in one.
func sameForOneDigest(nodes []plan.Node, wanted []bool) []bool {
	digests := map[v1.Hash]bool{}
	for i, n := range nodes {
		if wanted[i] {
			digests[n.Descriptor.Digest] = true
		}
	}
	for i, n := range nodes {
		wanted[i] = digests[n.Descriptor.Digest]
	}
	return wanted
}

// entriesOf are the index entries of nodes, with the platforms that configs name where descriptors have none.
func entriesOf(nodes []plan.Node) []index.Entry {
	entries := make([]index.Entry, len(nodes))
	for i, n := range nodes {
		entries[i] = n.Entry
		if !n.HasPlatform() && n.Kind == index.Image {
			entries[i].Platform = plan.PlatformOf(spec.Entry{}, n)
		}
	}
	return entries
}

// identify reads the facts that the descriptors of an index lack: the platform of an image, and the image that an
// artifact belongs to. A manifest that does not exist stays unchanged.
func (r manifestReader) identify(ctx context.Context, nodes []plan.Node) error {
	subjects := make([]v1.Hash, len(nodes))
	err := parallel.Each(ctx, len(nodes), func(ctx context.Context, i int) error {
		n := &nodes[i]
		unknown := n.Kind == index.Image && !n.HasPlatform() || n.Kind == index.Artifact && n.Raw != nil
		if !unknown || !n.Descriptor.MediaType.IsImage() {
			return nil
		}
		doc, err := r.readNode(ctx, n, n.Kind == index.Image)
		if doc.Subject != nil {
			subjects[i] = doc.Subject.Digest
		}
		if errors.Is(err, registry.ErrNotFound) {
			return nil
		}
		return err
	})
	entries := entriesOf(nodes)
	for i, subject := range subjects {
		if subject != (v1.Hash{}) {
			nodes[i].Attach(subject, entries)
		}
	}
	return err
}
