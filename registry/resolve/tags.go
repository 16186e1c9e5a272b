package resolve

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Tagged is an image of a repository with all its tags.
type Tagged struct {
	Image v1.Descriptor
	Tags  []string
	// Err is the reason why the tag could not be read.
	Err error
}

// Tags finds the images of a repository behind those of its tags that are wanted, in the order of the tags.
func Tags(ctx context.Context, session registry.Session, place spec.Place, wanted func(tag string) bool) ([]Tagged, error) {
	repository, all, err := tagsOf(ctx, session, place)
	if err != nil {
		return nil, err
	}
	var tags []string
	for _, tag := range all {
		if wanted(tag) {
			tags = append(tags, tag)
		}
	}
	if len(tags) == 0 {
		return nil, registry.WrapOp("list the tags of", place, registry.Errorf(registry.ErrNotFound, "none of its %d tags matches --tag-filter", len(all)))
	}
	found := make([]Tagged, len(tags))
	err = parallel.Each(ctx, len(tags), func(ctx context.Context, i int) error {
		d, err := repository.Describe(ctx, registry.Ref{Tag: tags[i]})
		found[i] = Tagged{d, tags[i : i+1], registry.WrapOp("read", spec.Reference{Place: place, Tag: tags[i]}, err)}
		return ctx.Err()
	})
	return together(found), err
}

// AllTags lists the tags of a place, in the order of the place.
func AllTags(ctx context.Context, session registry.Session, place spec.Place) ([]string, error) {
	_, tags, err := tagsOf(ctx, session, place)
	return tags, err
}

// tagsOf opens a place, and lists its tags.
func tagsOf(ctx context.Context, session registry.Session, place spec.Place) (registry.Repository, []string, error) {
	repository, err := session.Open(ctx, place)
	if err != nil {
		return nil, nil, registry.WrapOp("open", place, err)
	}
	lister, ok := repository.(registry.TagLister)
	if !ok {
		return nil, nil, registry.Errorf(registry.ErrInvalid, "%s cannot list its tags", place)
	}
	all, err := lister.Tags(ctx)
	return repository, all, registry.WrapOp("list the tags of", place, err)
}

// together makes one of all tags of an image.
func together(found []Tagged) (images []Tagged) {
	at := map[v1.Hash]int{}
	for _, t := range found {
		i, again := at[t.Image.Digest]
		switch {
		case t.Err != nil:
			images = append(images, t)
		case again:
			images[i].Tags = append(images[i].Tags[:len(images[i].Tags):len(images[i].Tags)], t.Tags...)
		default:
			at[t.Image.Digest] = len(images)
			images = append(images, t)
		}
	}
	return images
}

// TagsOfTargets lists the tags that targets have, so that tags which do not exist need no request each. A target whose
// tags cannot be listed is left out: its tags are read one by one, and a read shows what is wrong.
func TagsOfTargets(ctx context.Context, session registry.Session, targets []spec.Place) (map[spec.Place]map[string]bool, error) {
	lists := make([]map[string]bool, len(targets))
	err := parallel.Each(ctx, len(targets), func(ctx context.Context, i int) error {
		_, tags, err := tagsOf(ctx, session, targets[i])
		if err != nil && !errors.Is(err, registry.ErrNotFound) {
			return ctx.Err()
		}
		lists[i] = map[string]bool{}
		for _, tag := range tags {
			lists[i][tag] = true
		}
		return nil
	})
	known := map[spec.Place]map[string]bool{}
	for i, tags := range lists {
		if tags != nil {
			known[targets[i]] = tags
		}
	}
	return known, err
}
