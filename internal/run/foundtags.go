package run

import (
	"context"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

// pushFoundTags pushes the images whose tags fit a template.
func (r *Runner) pushFoundTags(ctx context.Context, args spec.Args, o PushOptions) error {
	search, notes, err := spec.SearchFromArgs(args, o.Spec)
	r.out.Warn(notes...)
	switch {
	case err != nil:
		return err
	case o.Wait > 0:
		return output.Usagef("--platforms auto takes the images that exist: use --wait with a list of platforms")
	}
	j := job{places: places{targets: search.Targets(), sources: []spec.Place{search.Place}}}
	j.images = func(ctx context.Context, session *session) (found, error) {
		s, err := r.withFoundTags(ctx, session, search)
		return oneLane([]image{{decide: r.pushPlans(s, o)}}), err
	}
	return r.carryOut(ctx, j, o)
}

// withFoundTags completes a search with the tags of its repository, which are listed once.
func (r *Runner) withFoundTags(ctx context.Context, session registry.Session, search spec.TagSearch) (spec.Spec, error) {
	tags, err := resolve.AllTags(ctx, session, search.Place)
	if err != nil {
		return spec.Spec{}, err
	}
	s, notes, err := search.With(tags)
	r.out.Warn(notes...)
	if err == nil && len(s.Entries) == 0 {
		err = noTagFits(search.Place, search.Pattern, tags)
	}
	if err != nil {
		return s, err
	}
	r.out.SayFoundTags(search.Pattern.String(), s)
	return s, nil
}

// noTagFits is the error for a repository without a tag that fits a pattern. Its hint names tags that are near.
func noTagFits(place spec.Place, pattern tagpattern.Pattern, tags []string) error {
	what := "no tag of %s has a platform and %s"
	if pattern.IsTemplate() {
		what = "no tag of %s fits the template %s"
	}
	err := registry.Errorf(registry.ErrNotFound, what, place, pattern)
	return output.AdvisedError{Err: err, Tags: []output.TagsOf{{Repository: place.String(), Missing: pattern.Examples(), Tags: tags}}}
}
