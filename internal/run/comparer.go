package run

import (
	"context"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry/diff"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A comparer reads and compares the sides of a diff.
type comparer struct {
	*Runner
	session *session
	o       DiffOptions
}

func (c comparer) compare(ctx context.Context, subjects []subject, pair bool) ([]diff.Difference, error) {
	switch {
	case c.o.Between != nil:
		return c.platforms(ctx, subjects[0])
	case !pair:
		return c.allTargets(ctx, subjects)
	}
	sides, err := resolve.ReadSides(ctx, c.reader(subjects[0]), c.reader(subjects[1]))
	if err != nil {
		return nil, err
	}
	d, err := c.differ(ctx, side{sides[0], subjects[0].Word}, side{sides[1], subjects[1].Word})
	return []diff.Difference{d}, err
}

// reader returns how to read the side of an argument.
func (c comparer) reader(s subject) func(context.Context) (resolve.Side, error) {
	return func(ctx context.Context) (resolve.Side, error) {
		if s.spec == nil {
			return resolve.ReadSide(ctx, c.session, s.Image)
		}
		plans, err := c.plans(ctx, *s.spec)
		if err != nil {
			return resolve.Side{}, err
		}
		return resolve.PlannedSide(c.session, plans[0].Plan, spec.Reference{Place: plans[0].Target})
	}
}

// plans are what a push of a spec would do.
func (c comparer) plans(ctx context.Context, s spec.Spec) ([]plan.TargetPlan, error) {
	plans, notes, err := c.pushPlans(s, c.o.PushOptions)(ctx, c.session)
	c.out.Warn(notes...)
	if err == nil {
		err = planErrors(plans)
	}
	return plans, err
}

// platforms compares two platforms of an image.
func (c comparer) platforms(ctx context.Context, s subject) ([]diff.Difference, error) {
	root, err := resolve.ReadSide(ctx, c.session, s.Image)
	if err != nil {
		return nil, err
	}
	whole := side{root, s.Word}
	a, b := c.o.Between[0], c.o.Between[1]
	sides, err := resolve.ReadSides(ctx, whole.narrow(a), whole.narrow(b))
	if err != nil {
		return nil, err
	}
	d, err := c.differ(ctx, side{sides[0], platformed(s.Word, a)}, side{sides[1], platformed(s.Word, b)})
	return []diff.Difference{d}, err
}

// allTargets compares the targets of many specs at the same time.
func (c comparer) allTargets(ctx context.Context, subjects []subject) ([]diff.Difference, error) {
	found := make([][]diff.Difference, len(subjects))
	err := parallel.Each(ctx, len(subjects), func(ctx context.Context, i int) (err error) {
		found[i], err = c.targets(ctx, subjects[i])
		return err
	})
	return slices.Concat(found...), err
}

// targets compares what the tags of each target hold with what the spec would push. Tags of one target that hold the
// same image are one comparison.
func (c comparer) targets(ctx context.Context, s subject) ([]diff.Difference, error) {
	plans, err := c.plans(ctx, *s.spec)
	if err != nil {
		return nil, err
	}
	var found []diff.Difference
	for _, p := range plans {
		var seen []v1.Hash
		for _, u := range p.TagUpdates {
			if !u.IsForIndex() || slices.Contains(seen, u.From) {
				continue
			}
			seen = append(seen, u.From)
			d, err := c.target(ctx, s, p.Plan, u)
			if err != nil {
				return nil, err
			}
			found = append(found, d)
		}
	}
	return found, nil
}

// target compares what a tag holds with the index of a plan.
func (c comparer) target(ctx context.Context, s subject, p plan.Plan, u plan.TagUpdate) (d diff.Difference, err error) {
	ref := spec.Reference{Place: p.Target, Tag: u.Tag}
	now := resolve.AbsentSide(ref)
	if u.From != (v1.Hash{}) {
		held := ref
		held.Digest = u.From
		if now, err = resolve.ReadSide(ctx, c.session, held); err != nil {
			return d, err
		}
	}
	next, err := resolve.PlannedSide(c.session, p, ref)
	if err != nil {
		return d, err
	}
	return c.differ(ctx, side{now, ref.String()}, side{next, s.Word})
}

// A side is one side of a comparison with the name that the user gave it.
type side struct {
	resolve.Side
	name string
}

// differ reads what differs between two sides and compares it, or only one platform of both.
func (c comparer) differ(ctx context.Context, a, b side) (d diff.Difference, err error) {
	if c.o.Only != nil && a.Manifest.Digest != b.Manifest.Digest {
		sides, err := resolve.ReadSides(ctx, a.narrow(*c.o.Only), b.narrow(*c.o.Only))
		if err != nil {
			return d, err
		}
		a, b = side{sides[0], platformed(a.name, *c.o.Only)}, side{sides[1], platformed(b.name, *c.o.Only)}
	}
	before, after, err := resolve.ReadDifferent(ctx, a.Side, b.Side)
	if err != nil {
		return d, err
	}
	d = diff.Compare(before, after).Without(c.o.Ignore)
	d.A.Name, d.B.Name = a.name, b.name
	return d, nil
}

// narrow returns how to read one platform of a side. A target that does not exist has none.
func (s side) narrow(p v1.Platform) func(context.Context) (resolve.Side, error) {
	return func(ctx context.Context) (resolve.Side, error) {
		if len(s.Manifest.Bytes) == 0 {
			return s.Side, nil
		}
		return s.ForPlatform(ctx, p)
	}
}

func platformed(name string, p v1.Platform) string {
	return fmt.Sprintf("%s (%s)", name, output.PlatformName(p))
}
