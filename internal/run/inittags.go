package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

// InitSpecFromTags writes a spec of the images whose tags add words for a platform to a tag, or fit a template.
func (r *Runner) InitSpecFromTags(ctx context.Context, name string, o InitOptions) error {
	place, pattern, err := spec.ParseTagPattern(name)
	if err != nil {
		return output.Usage(err)
	}
	target, err := initTarget(spec.Reference{Place: place, Tag: pattern.Base()}, o)
	if err != nil {
		return err
	}
	whole, _, err := spec.FromMembers(target, nil, spec.Options{})
	if err != nil {
		return err
	}
	return r.initialise(ctx, o, func() (specs []draftSpec, err error) {
		err = r.readSources(ctx, o, []spec.Place{place}, func(s *session) error {
			d, err := tagFinder{restater{r, s, o}, place, pattern}.find(ctx, whole)
			specs = []draftSpec{d}
			return err
		})
		return specs, err
	})
}

// A tagFinder makes the spec of the tags of a place.
type tagFinder struct {
	restater
	place   spec.Place
	pattern tagpattern.Pattern
}

// maxFoot is how many tags a comment names that are not in the spec.
const maxFoot = 50

// find adds the images to a spec that has a target only.
func (f tagFinder) find(ctx context.Context, s spec.Spec) (draftSpec, error) {
	tags, err := resolve.AllTags(ctx, f.session, f.place)
	if err != nil {
		return draftSpec{}, err
	}
	tags = slices.DeleteFunc(tags, spec.IsAboutImage)
	slices.SortStableFunc(tags, plan.CompareTags)
	found, unplaced := f.pattern.Find(tags)
	if len(found) > spec.MaxEntries {
		return draftSpec{}, registry.Errorf(registry.ErrInvalid, "%d tags of %s are for a platform; the limit of one spec is %d", len(found), f.place, spec.MaxEntries)
	}
	if len(found) == 0 {
		return draftSpec{}, noTagFits(f.place, f.pattern, tags)
	}
	var foot []string
	var matches []tagpattern.Match
	for i, m := range found {
		if i > 0 && m.Same(matches[len(matches)-1]) {
			f.out.Warnf("%s and %s are both for %s: the spec names the first one", f.ref(matches[len(matches)-1]), f.ref(m), m)
			foot = append(foot, fmt.Sprintf("- image: %s # also for %s", f.ref(m), m))
			continue
		}
		matches = append(matches, m)
		s.Entries = append(s.Entries, spec.Entry{Source: f.ref(m)})
	}
	f.out.WarnOfUnplaced(f.place, f.pattern, unplaced)
	why := "other words than " + f.pattern.String() + " and a platform"
	if f.pattern.IsTemplate() {
		why = "does not fit " + f.pattern.String()
	}
	for _, tag := range unplaced[:min(len(unplaced), maxFoot)] {
		foot = append(foot, fmt.Sprintf("- image: %s # %s", spec.Reference{Place: f.place, Tag: tag}, why))
	}
	return f.withPlatforms(ctx, s, matches, foot)
}

func (f tagFinder) ref(m tagpattern.Match) spec.Reference {
	return spec.Reference{Place: f.place, Tag: m.Tag}
}

// withPlatforms adds the platforms that the images do not say.
func (f tagFinder) withPlatforms(ctx context.Context, s spec.Spec, matches []tagpattern.Match, foot []string) (draftSpec, error) {
	d := draftSpec{Spec: s}
	state, err := f.resolve(ctx, s)
	if err != nil {
		return d, err
	}
	for i, m := range matches {
		e := &d.Entries[i]
		say, contradiction := plan.SayPlatform(state.Entries[i], m.Platform)
		if e.Platform = say; contradiction != nil {
			f.out.Warnf("%s is for %s by its tag, but the image says %s", e.Source, m, contradiction)
		}
		if f.o.Pin {
			e.Source.Digest = state.Entries[i].Digest
		}
	}
	if state, err = f.resolve(ctx, d.Spec); err != nil { // a platform selects images of an index
		return d, err
	}
	if _, _, err := plan.Preview(d.Spec, state, plan.Options{}); err != nil {
		f.out.Warnf("this spec cannot be pushed yet: %v", err)
	}
	d.comments.Entries = plan.PlatformComments(d.Spec, state)
	d.comments.Head = madeOf(fmt.Sprintf("the tags of %s for %s", f.place, f.pattern), howNamed(d.Spec, true))
	if foot != nil {
		d.comments.Foot = "These tags are not in the spec:\n" + strings.Join(foot, "\n")
	}
	return d, nil
}

// resolve reads the images of a spec. An image that does not exist is an error.
func (r restater) resolve(ctx context.Context, s spec.Spec) (plan.State, error) {
	s.Targets = nil
	state, err := resolve.Push(ctx, r.session, s, plan.Options{})
	for _, e := range state.Entries {
		err = errors.Join(err, e.Missing)
	}
	return state, err
}
