package resolve

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// TagListOptions are the choices of a list of tags.
type TagListOptions struct {
	Filter spec.TagFilter
	// All also lists the tags of signatures and other referrers.
	All bool
	// Long reads the manifest of each tag: one request for each.
	Long bool
}

// TagList lists the tags of a place in the order of [plan.CompareTags]. A manifest that cannot be read is an error of its
// tag. The list stops if the registry does not answer for several tags.
func TagList(ctx context.Context, session registry.Session, place spec.Place, o TagListOptions) (plan.TagList, error) {
	list := plan.TagList{Place: place}
	repository, all, err := tagsOf(ctx, session, place)
	if err != nil {
		return list, err
	}
	list.Listed = len(all)
	slices.SortStableFunc(all, plan.CompareTags)
	for _, tag := range all {
		switch {
		case !o.Filter.Takes(tag):
		case spec.IsAboutImage(tag) && !o.All:
			list.Hidden++
		default:
			list.Tags = append(list.Tags, plan.ListedTag{Tag: tag})
		}
	}
	if !o.Long {
		return list, nil
	}
	reader := tagReader{repository: repository, place: place}
	return list, parallel.Each(ctx, len(list.Tags), func(ctx context.Context, i int) error {
		return reader.read(ctx, &list.Tags[i])
	})
}

const (
	// maxFailures is how many tags may fail for want of an answer. Each of them has been tried for up to two minutes.
	maxFailures = 10
	// maxListedPlatforms is how many platforms all tags may have together.
	maxListedPlatforms = 1 << 20
)

// A tagReader reads the manifests of tags, many at once.
type tagReader struct {
	repository registry.Repository
	place      spec.Place
	failures   atomic.Int32
	platforms  atomic.Int64
}

// read reads the manifest of a tag. It returns an error that ends the whole list.
func (r *tagReader) read(ctx context.Context, t *plan.ListedTag) error {
	m, err := r.repository.Manifest(ctx, registry.Ref{Tag: t.Tag})
	if err == nil {
		*t, err = plan.NewListedTag(t.Tag, m)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, registry.ErrNotFound):
		t.Gone = true
		return nil
	case err != nil:
		t.Err = registry.WrapOp("read", spec.Reference{Place: r.place, Tag: t.Tag}, err)
	}
	if errors.Is(err, registry.ErrUnavailable) && r.failures.Add(1) > maxFailures {
		return t.Err
	}
	if r.platforms.Add(int64(len(t.Platforms))) > maxListedPlatforms {
		return registry.Errorf(registry.ErrUnverified, "the tags of %s have more than %d platforms, which is the limit: use --filter", r.place, maxListedPlatforms)
	}
	return nil
}
