package spec

import (
	"fmt"
	"strings"
)

// A Step is a spec in the order of a run over many specs.
type Step struct {
	Spec  int   // its place among the specs
	After []int // the steps that push its sources
}

// Order puts specs into an order in which each comes after those that push its sources. Two specs that push one tag are
// an error, and so are specs that need one another. The names are those that errors have for the specs.
func Order(specs []Spec, names []string) ([]Step, error) {
	pushed := map[Reference]int{} // by which spec
	for i, s := range specs {
		for _, target := range s.Targets {
			for _, tag := range target.Tags {
				ref := Reference{Place: target.Place, Tag: tag}
				if other, again := pushed[ref]; again {
					return nil, fmt.Errorf("%s and %s both push %s", names[other], names[i], ref)
				}
				pushed[ref] = i
			}
		}
	}
	o := orderer{specs: specs, names: names, pushed: pushed, at: make([]int, len(specs))}
	for i := range specs {
		if err := o.visit(i); err != nil {
			return nil, err
		}
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
	for _, i := range append(specs, specs[0]) {
		words = append(words, o.names[i])
	}
	return fmt.Errorf("the specs need the images of one another: %s", strings.Join(words, " needs "))
}
