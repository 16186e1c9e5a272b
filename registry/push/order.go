package push

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// An order is the order of the writes of manifests: a subject before its referrers, and entries before their index.
// Some registries refuse a referrer whose subject does not exist.
type order struct {
	images []plan.Entry
	at     map[v1.Hash]int
	done   []chan struct{} // closed when the registry has the manifest
}

// orderOf arranges manifests. In the given order, the entries of an index come before the index.
func orderOf(images []plan.Entry) order {
	given := map[v1.Hash]int{}
	for i, e := range images {
		given[e.Descriptor.Digest] = i
	}
	o := order{at: map[v1.Hash]int{}}
	visited := make([]bool, len(images))
	var visit func(i int)
	visit = func(i int) {
		if visited[i] {
			return
		}
		visited[i] = true
		e := images[i]
		if e.Descriptor.MediaType.IsIndex() {
			for k := range i {
				visit(k)
			}
		}
		if subject, ok := given[e.RefersTo]; ok {
			visit(subject)
		}
		o.at[e.Descriptor.Digest] = len(o.images)
		o.images = append(o.images, e)
		o.done = append(o.done, make(chan struct{}))
	}
	for i := range images {
		visit(i)
	}
	return o
}

// await waits until the registry has the manifests that must exist before a manifest.
func (o order) await(ctx context.Context, i int) error {
	first := i // no manifest must exist
	if o.images[i].Descriptor.MediaType.IsIndex() {
		first = 0
	} else if subject, ok := o.at[o.images[i].RefersTo]; ok && subject < i {
		return o.wait(ctx, subject)
	}
	for k := first; k < i; k++ {
		if err := o.wait(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

func (o order) wait(ctx context.Context, i int) error {
	select {
	case <-o.done[i]:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
