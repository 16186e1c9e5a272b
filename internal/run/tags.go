package run

import (
	"context"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// TagsOptions are the options of ListTags.
type TagsOptions struct {
	GlobalOptions
	Long, All, AsJSON bool
	Filter            string
}

// ListTags prints the tags of a repository.
func (r *Runner) ListTags(ctx context.Context, name string, o TagsOptions) error {
	place, err := spec.ParseRepository(name)
	if err != nil {
		return output.Usage(err)
	}
	filter, err := spec.ParseTagFilter(o.Filter)
	if err != nil {
		return output.Usage(err)
	}
	session, err := r.open(ctx, o.GlobalOptions, places{sources: []spec.Place{place}}, noMeter())
	if err != nil {
		return err
	}
	list, err := resolve.TagList(ctx, session, place, resolve.TagListOptions{Filter: filter, All: o.All, Long: o.Long})
	if err == nil {
		r.out.NameHiddenTags(list)
		if o.AsJSON {
			err = r.out.PrintTagsJSON(list)
		} else {
			err = r.out.PrintTags(list, o.Long)
		}
		err = errors.Join(err, output.TagErrors(list))
	}
	return errors.Join(session.advise(ctx, err), session.Close())
}

// DigestOptions are the options of Digests.
type DigestOptions struct {
	GlobalOptions
	Platform string
}

// Digests prints the digest that each reference holds now, in the order given. It prints nothing if one of them has none.
func (r *Runner) Digests(ctx context.Context, names []string, o DigestOptions) error {
	var refs []spec.Reference
	var named places
	for _, name := range names {
		ref, err := spec.ParseReference(name)
		if err != nil {
			return output.Usage(err)
		}
		refs = append(refs, ref.WithDefaultTag())
		named.sources = append(named.sources, ref.Place)
	}
	var only *v1.Platform
	if platform, err := checkedPlatform(o.Platform); err != nil {
		return output.Usage(err)
	} else if o.Platform != "" {
		only = &platform
	}
	session, err := r.open(ctx, o.GlobalOptions, named, noMeter())
	if err != nil {
		return err
	}
	digests, err := resolve.Digests(ctx, session, refs, only)
	if err == nil {
		err = r.out.PrintDigests(digests)
	}
	return errors.Join(session.advise(ctx, err), session.Close())
}
