package spec

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What a template can make of its text has a bound.
const (
	maxDroneValue = 64 << 10 // of one value
	maxDroneWork  = 20_000_000
)

// MaxTemplate is the largest template that is rendered, and the most that may come of it.
const MaxTemplate = maxFile

// RenderDrone renders a template of Drone's manifest plugin, the part of Handlebars that specs are
// written in: text, {{path}}, {{helper argument (helper argument)}}, #if, else if, else, #unless and
// #each. A path such as build.tag stands for what Drone or Woodpecker say of the build, a name
// without a dot for a variable of the environment. Nothing is escaped. All that is not known is an
// [*Error], also where it is not reached: what Handlebars leaves out in silence would be missing in
// a tag.
func RenderDrone(file string, template []byte, lookup func(env string) (string, bool)) ([]byte, error) {
	if len(template) > MaxTemplate {
		return nil, &Error{File: file, Problems: []Problem{{Text: fmt.Sprintf("larger than the %d KiB that a template may have", MaxTemplate>>10)}}}
	}
	p := &droneParser{text: strings.TrimPrefix(string(template), "\ufeff")}
	nodes, end, err := p.nodes(0)
	if err == nil && end.word != "" {
		err = droneErrorf(end.at, "{{%s}} without a block before it", cut(end.word))
	}
	if errs := append(p.unknown, err); errors.Join(errs...) != nil {
		return nil, p.problems(file, errs)
	}
	r := &droneRenderer{lookup: lookup}
	r.tags, _ = DroneTags(lookup)
	if err := r.nodes(nodes); err != nil {
		return nil, p.problems(file, []error{err})
	}
	return bytes.TrimSpace(r.out.Bytes()), nil
}

// problems gives errors their lines and columns.
func (p *droneParser) problems(file string, errs []error) *Error {
	e := &Error{File: file}
	for _, err := range errs {
		if at := (*droneError)(nil); errors.As(err, &at) && len(e.Problems) < maxProblems {
			before := p.text[:at.at]
			line := strings.LastIndexByte(before, '\n') + 1
			e.Problems = append(e.Problems, Problem{
				Line:   1 + strings.Count(before, "\n"),
				Column: 1 + utf8.RuneCountInString(before[line:]),
				Text:   at.text,
			})
		}
	}
	return e
}

type droneRenderer struct {
	lookup func(env string) (string, bool)
	tags   []string
	this   []string // of each #each around
	out    bytes.Buffer
	work   int
}

func (r *droneRenderer) nodes(nodes []droneNode) error {
	for i := range nodes {
		if err := r.node(&nodes[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *droneRenderer) node(n *droneNode) error {
	if n.value == nil {
		return r.write(0, n.text)
	}
	v, err := r.eval(n.value, n.block != "")
	if err != nil {
		return err
	}
	switch list, isList := v.([]string); {
	case n.block == "if" && droneTrue(v), n.block == "unless" && !droneTrue(v):
		return r.nodes(n.body)
	case n.block == "each" && !isList && droneTrue(v):
		return droneErrorf(n.value.at, "#each takes a list, such as build.tags")
	case n.block == "each" && isList && len(list) > 0:
		for _, item := range list {
			r.this = append(r.this, item)
			if err := r.nodes(n.body); err != nil {
				return err
			}
			r.this = r.this[:len(r.this)-1]
		}
		return nil
	case n.block != "":
		return r.nodes(n.otherwise)
	case isList:
		return droneErrorf(n.value.at, "a list cannot be printed: {{#each build.tags}} goes through it")
	}
	return r.write(n.value.at, droneText(v))
}

func (r *droneRenderer) write(at int, s string) error {
	if r.out.Len()+len(s) > MaxTemplate {
		return droneErrorf(at, "what comes of the template is larger than %d KiB", MaxTemplate>>10)
	}
	r.out.WriteString(s)
	return nil
}

// eval gives the value of an expression: a string, an int, a bool or a list. Where it is only asked
// whether there is one, a variable may be absent.
func (r *droneRenderer) eval(e *droneExpr, mayBeAbsent bool) (any, error) {
	if err := r.spend(e, 100); err != nil {
		return nil, err
	}
	switch {
	case e.literal != nil:
		return e.literal, nil
	case e.helper != "":
		return r.call(e)
	case e.path == "this":
		return r.this[len(r.this)-1], nil
	case e.path == "build.tags":
		return r.tags, r.spend(e, len(r.tags))
	}
	if variable, ok := droneVariables[e.path]; ok {
		return variable.value(r.lookup), nil
	}
	value, ok := r.lookup(e.path)
	if !ok && !mayBeAbsent {
		return nil, droneErrorf(e.at, "unknown variable %q: it is not set in the environment", cut(e.path))
	}
	return value, nil
}

func (r *droneRenderer) call(e *droneExpr) (any, error) {
	helper := droneHelpers[e.helper]
	args := make([]droneArg, len(e.args))
	size := 0
	for i, arg := range e.args {
		v, err := r.eval(arg, helper.takes[i] == 'v')
		if err != nil {
			return nil, err
		}
		a := droneArg{value: v, text: droneText(v)}
		_, isList := v.([]string)
		switch helper.takes[i] {
		case 't', 'w':
			limit := maxDroneValue
			if helper.takes[i] == 'w' {
				limit = maxDroneWord
			}
			if isList || len(a.text) > limit {
				return nil, droneErrorf(arg.at, "helper %s: argument %d is to be a text of at most %d bytes", e.helper, i+1, limit)
			}
		case 'n':
			if a.number, err = strconv.Atoi(a.text); err != nil {
				return nil, droneErrorf(arg.at, "helper %s: argument %d is to be a number, found %q", e.helper, i+1, cut(a.text))
			}
		}
		size += len(a.text)
		args[i] = a
	}
	if err := r.spend(e, size*cmp.Or(helper.cost, 1)); err != nil {
		return nil, err
	}
	v, err := helper.call(args)
	if err != nil {
		return nil, droneErrorf(e.at, "helper %s: %v", e.helper, err)
	}
	return v, nil
}

// spend counts work, so that no template takes long.
func (r *droneRenderer) spend(e *droneExpr, work int) error {
	if r.work += work; r.work > maxDroneWork {
		return droneErrorf(e.at, "too much work for a template")
	}
	return nil
}

// droneTrue is what #if goes by: not for what is empty, 0 or false.
func droneTrue(v any) bool {
	list, isList := v.([]string)
	return isList && len(list) > 0 || !isList && v != "" && v != 0 && v != false
}

func droneText(v any) string {
	if _, isList := v.([]string); isList {
		return ""
	}
	return fmt.Sprint(v)
}
