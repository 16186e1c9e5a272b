// Package drone renders templates of Drone's manifest plugin. A rendered template is a spec in YAML.
//
// The templates are written in a part of Handlebars: text, {{path}}, {{helper argument (helper argument)}},
// #if, else if, else, #unless and #each. The package knows every path, helper and block by name. An unknown
// name is an error with its line and column, also in a branch that is not rendered.
package drone

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/spec"
)

// MaxTemplate is the limit in bytes of a template, and of the rendered text. A spec has the same limit.
const MaxTemplate = 1 << 20

// maxProblems limits the problems in one error.
const maxProblems = 50

// Render renders a template. The file name is for messages. A path such as build.tag is a fact about the build from
// Drone or Woodpecker. A name without a dot is a variable of the environment, which lookup reads. A value becomes a
// scalar of YAML if it is a whole value, else a part of one; a value that would change the structure around it is a
// fault. The [*spec.Error] has every fault of the template.
func Render(file string, template []byte, lookup func(env string) (string, bool)) ([]byte, error) {
	p, nodes, err := parse(file, template)
	if err != nil {
		return nil, err
	}
	r := &renderer{lookup: lookup, place: newPlace()}
	r.tags, _ = Tags(lookup)
	if err := r.nodes(nodes, ""); err != nil {
		return nil, p.problems(file, []error{err})
	}
	return bytes.TrimSpace(r.out.Bytes()), nil
}

// parse reads a template.
func parse(file string, template []byte) (*parser, []node, error) {
	if len(template) > MaxTemplate {
		return nil, nil, &spec.Error{File: file, Problems: []spec.Problem{{Text: fmt.Sprintf("the template is larger than the limit of %d KiB", MaxTemplate>>10)}}}
	}
	p := &parser{text: strings.TrimPrefix(string(template), "\ufeff"), names: map[string]bool{}}
	nodes, end, err := p.nodes(0)
	if err == nil && end.word != "" {
		err = errorf(end.at, "{{%s}} without a block before it", excerpt.Of(end.word))
	}
	if errs := append(p.unknown, err); errors.Join(errs...) != nil {
		return nil, nil, p.problems(file, errs)
	}
	return p, nodes, nil
}

// problems gives each error its line and column.
func (p *parser) problems(file string, errs []error) *spec.Error {
	e := &spec.Error{File: file}
	for _, err := range errs {
		if at := (*fault)(nil); errors.As(err, &at) && len(e.Problems) < maxProblems {
			before := p.text[:at.at]
			line := strings.LastIndexByte(before, '\n') + 1
			e.Problems = append(e.Problems, spec.Problem{
				Line:   1 + strings.Count(before, "\n"),
				Column: 1 + utf8.RuneCountInString(before[line:]),
				Text:   at.text,
			})
		}
	}
	return e
}
