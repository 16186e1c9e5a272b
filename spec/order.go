package spec

import (
	"errors"
	"fmt"
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
// an error, and so are specs that need one another: the joined errors are an [*OrderError] each. The names are those that
// errors have for the specs.
func Order(specs []Spec, names []string) ([]Step, error) {
	pushed := map[Reference]int{} // by which spec
	var errs []error
	for i, s := range specs {
		for _, target := range s.Targets {
			for _, tag := range target.Tags {
				ref := Reference{Place: target.Place, Tag: tag}
				if other, again := pushed[ref]; !again {
					pushed[ref] = i
				} else if len(errs) < maxProblems {
					errs = append(errs, &OrderError{[]int{other, i}, rulePushedTwice, fmt.Sprintf("%s and %s both push %s", names[other], names[i], ref)})
				}
			}
		}
	}
	o := orderer{specs: specs, names: names, pushed: pushed, at: make([]int, len(specs))}
	for i := range specs {
		if err := o.visit(i); err != nil {
			errs = append(errs, err)
			break
		}
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return o.steps, nil
}

type orderer struct {
	specs  []Spec
	names  []string
	pushed map[Reference]int
	steps  []Step
	at     []int // the step of a spec, from 1; 0 before it has one
	path   []int // the specs that are visited, each a source of the one before
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
	for _, e := range o.specs[i].Entries {
		by, ok := o.pushed[e.Source.madeBy()]
		if !ok || by == i {
			continue
		}
		if err := o.visit(by); err != nil {
			return err
		}
		after = append(after, o.at[by]-1)
	}
	o.path = o.path[:len(o.path)-1]
	o.steps = append(o.steps, Step{Spec: i, After: after})
	o.at[i] = len(o.steps)
	return nil
}

func (o *orderer) circle(specs []int) error {
	var words []string
	for _, i := range append(slices.Clone(specs), specs[0]) {
		words = append(words, o.names[i])
	}
	return &OrderError{slices.Clone(specs), ruleCircle, "the specs need the images of one another: " + strings.Join(words, " needs ")}
}
