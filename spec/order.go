package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Step is a spec in the order of a run over many specs.
type Step struct {
	Spec  int   // its place among the specs
	After []int // the steps that push its sources
}

// An OrderError is a reason why specs have no order.
type OrderError struct {
	Specs []int  // that the error is about
	Rule  string // of [Lint]
	text  string
}

func (e *OrderError) Error() string { return e.text }

// Order puts specs into an order in which each comes after those that push its sources. Two specs that push one tag are
// an error, and so are specs that need one another: the joined errors are an [*OrderError] each. A source whose tag may be
// one of --platform-tags, which depend on the images, comes after that spec too, unless the specs need one another then.
func Order(specs []Loaded) ([]Step, error) {
	makers := make(map[TagKey][]int32, len(specs))
	var errs []error
	for i, s := range specs {
		for _, tag := range s.Outline.pushes {
			if other, again := makers[tag]; !again {
				makers[tag] = []int32{int32(i)}
			} else if len(errs) < maxProblems {
				first := int(other[0])
				errs = append(errs, &OrderError{[]int{first, i}, rulePushedTwice, fmt.Sprintf("%s and %s both push %s", specs[first].Name(), s.Name(), s.nameOf(tag))})
			}
		}
	}
	for i, s := range specs {
		for _, tag := range s.Outline.images {
			makers[tag] = append(makers[tag], int32(i))
		}
	}
	o := orderer{specs: specs, makers: makers}
	if err := o.order(); err != nil {
		errs = append(errs, err)
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	guesses, err := guess(specs)
	if err != nil || len(guesses) == 0 {
		return o.steps, err
	}
	o.guesses = o.withoutCircles(guesses)
	return o.steps, o.order()
}

type orderer struct {
	specs   []Loaded
	makers  map[TagKey][]int32
	guesses map[int][]int // specs that may push the sources of others
	steps   []Step
	at      []int32 // the step of a spec, from 1; 0 before it has one
	path    []int   // the specs that are visited, each a source of the one before
}

func (o *orderer) order() error {
	o.steps, o.at = make([]Step, 0, len(o.specs)), make([]int32, len(o.specs))
	for i := range o.specs {
		if err := o.visit(i); err != nil {
			return err
		}
	}
	return nil
}

// sources are the specs that push the sources of a spec.
func (o *orderer) sources(i int) (sources []int) {
	for _, tag := range o.specs[i].Outline.needs {
		for _, by := range o.makers[tag] {
			if int(by) != i {
				sources = withNumber(sources, int(by))
			}
		}
	}
	for _, by := range o.guesses[i] {
		sources = withNumber(sources, by)
	}
	return sources
}

func withNumber(numbers []int, n int) []int {
	if slices.Contains(numbers, n) {
		return numbers
	}
	return append(numbers, n)
}

// visit adds a spec after those that push its sources.
func (o *orderer) visit(i int) error {
	if o.at[i] > 0 {
		return nil
	}
	for k, on := range o.path {
		if on == i {
			return o.circle(o.path[k:])
		}
	}
	o.path = append(o.path, i)
	var after []int
	for _, by := range o.sources(i) {
		if err := o.visit(by); err != nil {
			return err
		}
		after = append(after, int(o.at[by])-1)
	}
	o.path = o.path[:len(o.path)-1]
	o.steps = append(o.steps, Step{Spec: i, After: after})
	o.at[i] = int32(len(o.steps))
	return nil
}

// guess finds the specs that may push the sources of others, by the patterns of their tags. Only specs that take images
// from a place with patterns are decoded for that.
func guess(specs []Loaded) (guesses map[int][]int, err error) {
	guesses = map[int][]int{}
	patterns, places := patternIndex{}, map[Place]bool{}
	for i, s := range specs {
		patterns.add(i, s.Outline.patterns)
		for _, p := range s.Outline.patterns {
			places[*p.place] = true
		}
	}
	for i, s := range specs {
		if !slices.ContainsFunc(s.Outline.Sources, func(place *Place) bool { return places[*place] }) {
			continue
		}
		whole, err := s.Whole()
		if err != nil {
			return nil, err
		}
		for _, e := range whole.Entries {
			for _, by := range patterns.match(e.Source.madeBy()) {
				if by != i {
					guesses[i] = withNumber(guesses[i], by)
				}
			}
		}
	}
	return guesses, nil
}

// withoutCircles leaves the guesses that make no circle.
func (o *orderer) withoutCircles(guesses map[int][]int) map[int][]int {
	o.guesses = map[int][]int{}
	for _, i := range slices.Sorted(maps.Keys(guesses)) {
		for _, by := range guesses[i] {
			if !o.reaches(by, i, map[int]bool{}) {
				o.guesses[i] = append(o.guesses[i], by)
			}
		}
	}
	return o.guesses
}

// reaches reports whether a spec needs another one, also through others.
func (o *orderer) reaches(from, to int, seen map[int]bool) bool {
	if from == to {
		return true
	}
	seen[from] = true
	return slices.ContainsFunc(o.sources(from), func(by int) bool { return !seen[by] && o.reaches(by, to, seen) })
}

func (o *orderer) circle(specs []int) error {
	var words []string
	for _, i := range append(specs, specs[0]) {
		words = append(words, o.specs[i].Name())
	}
	return &OrderError{slices.Clone(specs), ruleCircle, "the specs need the images of one another: " + strings.Join(words, " needs ")}
}

// nameOf is the name that a key of the outline stands for.
func (l Loaded) nameOf(tag TagKey) string {
	s, err := l.Whole()
	if err != nil {
		return "the same tag"
	}
	return nameOf(s, tag)
}

func nameOf(s Spec, tag TagKey) string {
	names := s.Names()
	for _, t := range s.Targets {
		for _, e := range s.Entries {
			known, _ := s.PlatformTags.foresee(t.Tags, e)
			for _, tag := range known {
				names = append(names, Reference{Place: t.Place, Tag: tag})
			}
		}
	}
	for _, name := range names {
		if name.Key() == tag {
			return name.String()
		}
	}
	return "the same tag"
}
