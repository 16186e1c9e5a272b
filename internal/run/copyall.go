package run

import (
	"cmp"
	"context"
	"slices"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// CopyAll copies all images of a repository that have a tag, many at a time. Single images come before indexes, which
// find their images in the target then.
func (r *Runner) CopyAll(ctx context.Context, args spec.Copy, o CopyOptions) error {
	all, err := spec.FromRepository(args, o.TagFilter, o.Spec)
	if err != nil {
		return err
	}
	o.brief = !o.Strict && o.PlanFile == "" // a plan file says what the tags lose
	var images []image
	j := job{
		nameOf:  func(number int) string { return images[number].name },
		places:  places{targets: all.Targets, sources: []spec.Place{all.Source}},
		several: true,
		allTags: true,
		images: func(ctx context.Context, session *session) (found, error) {
			tagged, known, err := r.tagsOfBoth(ctx, session, all, o)
			if err == nil {
				err = r.checkPlatformTags(ctx, session, all, tagged, o)
			}
			if err != nil {
				return found{}, err
			}
			o.known = known
			images = make([]image, len(tagged))
			for i, t := range tagged {
				images[i] = r.copyOf(all, t, o)
				images[i].at = i
			}
			isIndex := func(i image) int {
				if tagged[i.at].Image.MediaType.IsIndex() {
					return 1
				}
				return 0
			}
			slices.SortStableFunc(images, func(a, b image) int { return isIndex(a) - isIndex(b) })
			return oneLane(images), nil
		},
	}
	return r.carryOut(ctx, j, o.PushOptions)
}

// tagsOfBoth lists the images of the source and, at the same time, the tags of the targets. The tags are nil if all or
// most of them are not wanted.
func (r *Runner) tagsOfBoth(ctx context.Context, session registry.Session, all spec.RepositoryCopy, o CopyOptions) (tagged []resolve.Tagged, known map[spec.Place]map[string]bool, err error) {
	err = parallel.Each(ctx, 2, func(ctx context.Context, i int) (err error) {
		switch {
		case i == 0:
			tagged, err = r.resolveTags(ctx, session, all, o)
		case o.brief && o.TagFilter == "":
			known, err = resolve.TagsOfTargets(ctx, session, all.Targets)
		}
		return err
	})
	return tagged, known, err
}

// copyOf is the copy of one of the images.
func (r *Runner) copyOf(all spec.RepositoryCopy, t resolve.Tagged, o CopyOptions) image {
	if o.skipsUnchanged() && !all.TagsPlatforms() {
		o.source = &t.Image
	}
	return image{
		name: spec.Reference{Place: all.Source, Tag: t.Tags[0]}.String(), names: func() []string { return t.Tags }, err: t.Err, size: t.Image.Size,
		decide: r.copyPlans(all.Image(t.Image.Digest, t.Tags), o),
	}
}

// skipsUnchanged reports whether an image that the target's tags hold already needs no more reads.
func (o CopyOptions) skipsUnchanged() bool {
	return o.brief && !o.Force && !o.Verify && !o.Referrers && len(o.Platforms)+len(o.Require) == 0
}

// resolveTags lists the images of a repository. Tags of signatures and the like are left out: their images bring
// them along.
func (r *Runner) resolveTags(ctx context.Context, session registry.Session, all spec.RepositoryCopy, o CopyOptions) ([]resolve.Tagged, error) {
	left := 0
	tagged, err := resolve.Tags(ctx, session, all.Source, func(tag string) bool {
		if !all.Takes(tag) {
			return false
		}
		if spec.IsAboutImage(tag) {
			left++
			return false
		}
		return true
	})
	if left > 0 && !o.Referrers {
		r.out.Warnf("skipped %s of signatures and other referrers: use --referrers to copy them with their images", output.Count(left, "tag"))
	}
	return tagged, err
}

// checkPlatformTags refuses a platform tag that another image of the repository has or gets, as the order of the
// copies would decide which of the two it holds. So all images are read before the first is copied. An image that
// cannot be read gets an error, and is not copied.
func (r *Runner) checkPlatformTags(ctx context.Context, session registry.Session, all spec.RepositoryCopy, tagged []resolve.Tagged, o CopyOptions) error {
	if !all.TagsPlatforms() {
		return nil
	}
	var moves []plan.TagUpdate
	for i := range tagged {
		t := &tagged[i]
		if t.Err != nil {
			continue
		}
		pl, notes, err := planForEmptyTarget(ctx, session, all.Image(t.Image.Digest, t.Tags), o)
		switch {
		case ctx.Err() != nil:
			return cmp.Or(err, ctx.Err())
		case err != nil:
			r.out.Warn(notes...)
			t.Err = err
		default:
			moves = append(moves, pl.TagUpdates...)
		}
	}
	return plan.CheckTagUpdates(moves)
}

// planForEmptyTarget is the plan for the first target if the target was empty.
func planForEmptyTarget(ctx context.Context, session registry.Session, s spec.Spec, o CopyOptions) (plan.TargetPlan, []string, error) {
	first := s.Targets[:1]
	s.Targets = nil
	state, err := resolve.Copy(ctx, session, s, o.planOptions())
	if err != nil {
		return plan.TargetPlan{}, nil, err
	}
	s.Targets, state.Targets = first, []plan.TargetState{plan.NewTargetState()}
	plans, notes, err := plan.Copy(s, state, o.planOptions())
	if err != nil {
		return plan.TargetPlan{}, notes, err
	}
	return plans[0], notes, nil
}
