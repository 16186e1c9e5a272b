package run

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/plan/planfile"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Apply carries out the plans of a plan file, if the targets and the sources are as they were when the plans were made.
func (r *Runner) Apply(ctx context.Context, name string, o PushOptions) error {
	if name == "-" && o.PasswordStdin {
		return output.Usagef("only one of these can come from stdin: the plan or the password")
	}
	raw, err := r.readPlanFile(ctx, name)
	if err != nil {
		return err
	}
	f, err := planfile.Decode(raw)
	if err != nil {
		return err
	}
	several := f.AllTags || len(f.Images) > 1
	if several && o.Files != (output.FileOptions{}) {
		return output.Usagef("the plan has many images, and a file has room for one digest: use --output json")
	}
	o.Force, o.Strict, o.Compress = f.Options.Force, f.Options.Strict, f.Options.Compress
	err = r.carryOut(ctx, job{places: placesOfPlans(f), several: several, images: imagesOf(f, o), nameOf: func(n int) string { return namesIn(f, f.Images[n])[0] }}, o)
	if output.IsOvertaken(err) {
		err = output.OvertakenPlanError{Err: err}
	}
	return err
}

func (r *Runner) readPlanFile(ctx context.Context, name string) ([]byte, error) {
	var raw []byte
	var err error
	if name == "-" {
		raw, err = contextio.ReadAll(ctx, r.Stdin, planfile.MaxSize)
	} else {
		raw, err = contextio.ReadFile(ctx, name, planfile.MaxSize)
	}
	if err != nil && ctx.Err() == nil {
		where, _ := filepath.Abs(name)
		if pathErr := (*os.PathError)(nil); errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		err = output.Usagef("cannot read the plan file %q (full path %s): %v", name, where, err)
	}
	return raw, err
}

// imagesOf are the images of a plan file. All are checked before the first is pushed, so that a plan that is out of date
// changes nothing.
func imagesOf(f planfile.File, o PushOptions) func(context.Context, *session) (found, error) {
	return func(ctx context.Context, session *session) (found, error) {
		images, failed := make([]image, len(f.Images)), make([]error, len(f.Images))
		err := parallel.Each(ctx, len(f.Images), func(ctx context.Context, i int) error {
			var plans []plan.TargetPlan
			plans, failed[i] = leftToDo(ctx, session, f.Images[i], o)
			decided := func(context.Context, registry.Session) ([]plan.TargetPlan, []string, error) { return plans, nil, nil }
			images[i] = image{at: i, names: func() []string { return namesIn(f, f.Images[i]) }, decide: decided}
			return ctx.Err()
		})
		return oneLane(images), cmp.Or(err, errors.Join(failed...))
	}
}

// leftToDo reads the targets and the needed sources of one image, and decides what has to be done.
func leftToDo(ctx context.Context, session registry.Session, saved []plan.TargetPlan, o PushOptions) ([]plan.TargetPlan, error) {
	state, err := resolve.Apply(ctx, session, saved, o.planOptions())
	if err != nil {
		return nil, err
	}
	plans, err := plan.Apply(saved, state, o.planOptions())
	if err != nil {
		return nil, err
	}
	return plans, resolve.Sources(ctx, session, plans)
}

// namesIn are what the result of several images calls an image: its tags with copy --all-tags, and else its names.
func namesIn(f planfile.File, plans []plan.TargetPlan) []string {
	if f.AllTags {
		return indexTags(plans[0].Plan)
	}
	var names []string
	for _, p := range plans {
		tags := indexTags(p.Plan)
		for _, tag := range tags {
			names = append(names, spec.Reference{Place: p.Target, Tag: tag}.String())
		}
		if len(tags) == 0 {
			names = append(names, p.Target.String())
		}
	}
	return names
}

// indexTags are the tags of the index at a target.
func indexTags(p plan.Plan) []string {
	var tags []string
	for _, u := range p.TagUpdates {
		if u.IsForIndex() {
			tags = append(tags, u.Tag)
		}
	}
	return tags
}

// placesOfPlans are all places that plans use.
func placesOfPlans(f planfile.File) places {
	var named places
	add := func(list *[]spec.Place, place spec.Place) {
		if !slices.Contains(*list, place) {
			*list = append(*list, place)
		}
	}
	for _, plans := range f.Images {
		for _, p := range plans {
			add(&named.targets, p.Target)
		}
	}
	for _, plans := range f.Images {
		for _, p := range plans {
			for _, e := range p.AllEntries() {
				if !slices.Contains(named.targets, e.From) {
					add(&named.sources, e.From)
				}
			}
		}
	}
	return named
}
