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
// an error, and so are specs that need one another.
func Order(specs []Loaded) ([]Step, error) {
	pushed := make(map[TagKey]int32, len(specs)) // by which spec
	for i, s := range specs {
		for _, tag := range s.Outline.pushes {
			if other, again := pushed[tag]; again {
				return nil, fmt.Errorf("%s and %s both push %s", specs[other].Name(), s.Name(), s.nameOf(tag))
			}
			pushed[tag] = int32(i)
		}
	}
	o := orderer{specs: specs, pushed: pushed, at: make([]int32, len(specs)), steps: make([]Step, 0, len(specs))}
	for i := range specs {
		if err := o.visit(i); err != nil {
			return nil, err
		}
	}
	return o.steps, nil
}

type orderer struct {
	specs  []Loaded
	pushed map[TagKey]int32
	steps  []Step
	at     []int32 // the step of a spec, from 1; 0 before it has one
	path   []int   // the specs that are visited, each a source of the one before
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
	for _, tag := range o.specs[i].Outline.needs {
		by, ok := o.pushed[tag]
		if !ok || int(by) == i {
			continue
		}
		if err := o.visit(int(by)); err != nil {
			return err
		}
		after = append(after, int(o.at[by])-1)
	}
	o.path = o.path[:len(o.path)-1]
	o.steps = append(o.steps, Step{Spec: i, After: after})
	o.at[i] = int32(len(o.steps))
	return nil
}

func (o *orderer) circle(specs []int) error {
	var words []string
	for _, i := range append(specs, specs[0]) {
		words = append(words, o.specs[i].Name())
	}
	return fmt.Errorf("the specs need the images of one another: %s", strings.Join(words, " needs "))
}

// nameOf is the name that a key of the outline stands for.
func (l Loaded) nameOf(tag TagKey) string {
	s, err := l.Whole()
	if err != nil {
		return "the same tag"
	}
	for _, name := range s.Names() {
		if name.Key() == tag {
			return name.String()
		}
	}
	return "the same tag"
}
