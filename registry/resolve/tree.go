package resolve

import (
	"context"
	"slices"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// ResolveCopy finds the image that a spec has as its only entry, all that is below it, and what the targets
// hold of it.
func Copy(ctx context.Context, session registry.Session, s spec.Spec) (plan.ImageTree, error) {
	r, err := newResolver(ctx, session, s)
	if err != nil {
		return plan.ImageTree{}, err
	}
	var o plan.ImageTree
	err = parallel.Each(ctx, 1+len(r.targets), func(ctx context.Context, i int) (err error) {
		if i > 0 {
			return r.targets[i-1].readTags(ctx, s.Targets[i-1].Tags)
		}
		o, err = r.original(ctx, s.Entries[0].Source)
		return err
	})
	if err == nil {
		err = r.platformTags(ctx, s.Targets, plan.ResolvedEntry{Nodes: o.Descendants})
	}
	o.Targets = r.targetStates()
	return o, err
}

// original reads an image. What is below it is read too where it may have to be copied.
func (r resolver) original(ctx context.Context, ref spec.Reference) (plan.ImageTree, error) {
	o := plan.ImageTree{Reference: ref}
	repository, err := r.session.Open(ctx, ref.Place)
	if err != nil {
		return o, registry.WrapOp("open", ref.Place, err)
	}
	reader := imageReader{resolver: r, repository: repository, place: ref.Place}
	if o.Manifest, err = repository.Manifest(ctx, registry.RefOf(ref)); err == nil {
		o.Descendants, err = reader.below(ctx, o.Manifest)
	}
	return o, registry.WrapOp("read", ref, err)
}

// below reads all manifests below an index, or a single image.
func (r imageReader) below(ctx context.Context, m registry.Manifest) ([]plan.Node, error) {
	var all []plan.Node
	stays := !slices.ContainsFunc(r.targets, func(t *target) bool { return t.place != r.place })
	if m.MediaType.IsIndex() {
		if err := r.list(ctx, m, 1, &all); err != nil {
			return nil, err
		}
	} else {
		all = append(all, plan.Node{Place: r.place, Descriptor: m.Descriptor()})
	}
	err := parallel.Each(ctx, len(all), func(ctx context.Context, i int) error {
		reads := r.present(all[i].Descriptor.Digest)
		if d := all[i].Descriptor; !d.MediaType.IsIndex() {
			_, isAttestation := plan.Attests(d)
			unknown := plan.Known(d.Platform)
			withConfig := !isAttestation && (unknown.OS == "" || unknown.Architecture == "")
			if withConfig || !stays {
				reads = append(reads, func(ctx context.Context) error { return r.read(ctx, &all[i], withConfig) })
			}
		}
		return parallel.Each(ctx, len(reads), func(ctx context.Context, i int) error { return reads[i](ctx) })
	})
	return all, err
}

// list lists the manifests of an index, and of the indexes in it.
func (r imageReader) list(ctx context.Context, m registry.Manifest, depth int, all *[]plan.Node) error {
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return err
	}
	for _, d := range doc.Manifests {
		if d.MediaType.IsIndex() {
			if depth == maxDepth {
				return registry.Errorf(registry.ErrUnverified, "indexes within indexes, more than %d deep", maxDepth)
			}
			inner, err := r.manifest(ctx, d)
			if err == nil {
				err = r.list(ctx, inner, depth+1, all)
			}
			if err != nil {
				return err
			}
		}
		if *all = append(*all, plan.Node{Place: r.place, Descriptor: d}); len(*all) > spec.MaxEntries {
			return registry.Errorf(registry.ErrUnverified, "an index with more than %d entries", spec.MaxEntries)
		}
	}
	return nil
}
