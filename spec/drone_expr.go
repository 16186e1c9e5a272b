package spec

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A droneExpr is a literal, a path, or a helper with its arguments.
type droneExpr struct {
	at      int // where in the template
	literal any // string, int or bool
	path    string
	helper  string
	args    []*droneExpr
}

// call reads a path, or a helper with its arguments.
func (p *droneParser) call(depth int) (*droneExpr, error) {
	p.blanks()
	at := p.at
	name := p.word()
	if !isDronePath().MatchString(name) {
		return nil, p.notUnderstood(at)
	}
	e := &droneExpr{at: at, helper: name}
	for !p.peek("}") && !p.peek(")") && p.at < len(p.text) {
		arg, err := p.argument(depth)
		if err != nil {
			return nil, err
		}
		e.args = append(e.args, arg)
	}
	helper, known := droneHelpers[name]
	switch {
	case !known && len(e.args) == 0:
		return p.path(at, name), nil
	case !known:
		p.unknown = append(p.unknown, droneErrorf(at, "unknown helper %q%s", cut(name), didYouMean(cut(name), sortedKeys(droneHelpers)...)))
	case len(e.args) != len(helper.takes):
		p.unknown = append(p.unknown, droneErrorf(at, "helper %s has %d arguments here, and takes %d", name, len(e.args), len(helper.takes)))
	}
	return e, nil
}

// argument reads a literal, a path, or an expression in brackets.
func (p *droneParser) argument(depth int) (*droneExpr, error) {
	p.blanks()
	at := p.at
	switch {
	case depth >= maxDroneDepth:
		return nil, droneErrorf(at, "nested deeper than %d", maxDroneDepth)
	case p.peek("("):
		p.at++
		e, err := p.call(depth + 1)
		if err != nil {
			return nil, err
		}
		return e, p.expect(")")
	case p.peek(`"`), p.peek("'"):
		parts := droneString().FindString(p.text[at:])
		if parts == "" {
			return nil, droneErrorf(at, "the string is not closed")
		}
		p.at += len(parts)
		quote := parts[:1]
		return &droneExpr{at: at, literal: strings.ReplaceAll(parts[1:len(parts)-1], `\`+quote, quote)}, nil
	}
	word := p.word()
	if word == "true" || word == "false" {
		return &droneExpr{at: at, literal: word == "true"}, nil
	}
	if number, err := strconv.Atoi(word); err == nil {
		return &droneExpr{at: at, literal: number}, nil
	}
	if !isDronePath().MatchString(word) {
		return nil, p.notUnderstood(at)
	}
	return p.path(at, word), nil
}

var (
	droneString = grammarOf(`^(?:"(?:\\"|[^"])*"|'(?:\\'|[^'])*')`)
	isDronePath = grammarOf(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
)

// path checks a name. One without a dot is a variable of the environment, which can be anything.
func (p *droneParser) path(at int, name string) *droneExpr {
	_, known := droneVariables[name]
	switch {
	case name == "this" && p.each == 0:
		p.unknown = append(p.unknown, droneErrorf(at, "{{this}} stands outside of an #each"))
	case !known && strings.Contains(name, "."):
		p.unknown = append(p.unknown, droneErrorf(at, "unknown variable %q%s", cut(name), didYouMean(cut(name), sortedKeys(droneVariables)...)))
	}
	return &droneExpr{at: at, path: name}
}

// notUnderstood is the error for something that no rule is for.
func (p *droneParser) notUnderstood(at int) error {
	found, _, _ := strings.Cut(p.text[at:], "\n")
	if found, _, _ = strings.Cut(found, "}}"); strings.TrimSpace(found) == "" {
		return droneErrorf(at, "a name is expected")
	}
	return droneErrorf(at, "%q is not understood in a template", cut(strings.TrimSpace(found)))
}

func (p *droneParser) blanks() {
	p.at = len(p.text) - len(strings.TrimLeft(p.text[p.at:], " \t\r\n"))
}

// word reads up to a blank or a sign that ends one.
func (p *droneParser) word() string {
	p.blanks()
	rest := p.text[p.at:]
	if end := strings.IndexAny(rest, " \t\r\n{}()\"'=|"); end >= 0 {
		rest = rest[:end]
	}
	p.at += len(rest)
	return rest
}

// peek tells if s is next, behind blanks.
func (p *droneParser) peek(s string) bool {
	p.blanks()
	return strings.HasPrefix(p.text[p.at:], s)
}

func (p *droneParser) expect(s string) error {
	if !p.peek(s) {
		if p.at == len(p.text) {
			return droneErrorf(p.at, "%s is missing", s)
		}
		found, _ := utf8.DecodeRuneInString(p.text[p.at:])
		return droneErrorf(p.at, "%s is expected, found %q", s, found)
	}
	p.at += len(s)
	return nil
}
