package drone

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

// An expr is a literal, a path, or a helper with its arguments.
type expr struct {
	at      int // where in the template
	literal any // string, int or bool
	path    string
	helper  string
	args    []*expr
}

// call reads a path, or a helper with its arguments.
func (p *parser) call(depth int) (*expr, error) {
	p.blanks()
	at := p.at
	name := p.word()
	if !isPath().MatchString(name) {
		return nil, p.notUnderstood(at)
	}
	e := &expr{at: at, helper: name}
	for !p.peek("}") && !p.peek(")") && p.at < len(p.text) {
		arg, err := p.argument(depth)
		if err != nil {
			return nil, err
		}
		e.args = append(e.args, arg)
	}
	helper, known := helpers[name]
	switch {
	case !known && len(e.args) == 0:
		return p.path(at, name), nil
	case !known:
		p.unknown = append(p.unknown, errorf(at, "unknown helper %q%s", excerpt.Of(name), didYouMean(excerpt.Of(name), helpers)))
	case len(e.args) != len(helper.takes):
		p.unknown = append(p.unknown, errorf(at, "helper %s: found %d arguments, expected %d", name, len(e.args), len(helper.takes)))
	}
	return e, nil
}

// argument reads a literal, a path, or an expression in brackets.
func (p *parser) argument(depth int) (*expr, error) {
	p.blanks()
	at := p.at
	switch {
	case depth >= maxDepth:
		return nil, errorf(at, "nested deeper than %d", maxDepth)
	case p.peek("("):
		p.at++
		e, err := p.call(depth + 1)
		if err != nil {
			return nil, err
		}
		return e, p.expect(")")
	case p.peek(`"`), p.peek("'"):
		parts := quotedString().FindString(p.text[at:])
		if parts == "" {
			return nil, errorf(at, "the string is not closed")
		}
		p.at += len(parts)
		quote := parts[:1]
		return &expr{at: at, literal: strings.ReplaceAll(parts[1:len(parts)-1], `\`+quote, quote)}, nil
	}
	word := p.word()
	if word == "true" || word == "false" {
		return &expr{at: at, literal: word == "true"}, nil
	}
	if number, err := strconv.Atoi(word); err == nil {
		return &expr{at: at, literal: number}, nil
	}
	if !isPath().MatchString(word) {
		return nil, p.notUnderstood(at)
	}
	return p.path(at, word), nil
}

var (
	quotedString = lazyregexp.New(`^(?:"(?:\\"|[^"])*"|'(?:\\'|[^'])*')`)
	isPath       = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
)

// path checks a name. A name without a dot is a variable of the environment and may be any word.
func (p *parser) path(at int, name string) *expr {
	_, known := variables[name]
	switch {
	case name == "this" && p.each == 0:
		p.unknown = append(p.unknown, errorf(at, "{{this}} outside of an #each block"))
	case !known && strings.Contains(name, "."):
		p.unknown = append(p.unknown, errorf(at, "unknown variable %q%s", excerpt.Of(name), didYouMean(excerpt.Of(name), variables)))
	}
	if name != "this" {
		p.names[name] = true
	}
	return &expr{at: at, path: name}
}

// notUnderstood is the error for text that no rule of the grammar covers.
func (p *parser) notUnderstood(at int) error {
	found, _, _ := strings.Cut(p.text[at:], "\n")
	if found, _, _ = strings.Cut(found, "}}"); strings.TrimSpace(found) == "" {
		return errorf(at, "expected a name")
	}
	return errorf(at, "unsupported text %q in a template", excerpt.Of(strings.TrimSpace(found)))
}

func (p *parser) blanks() {
	p.at = len(p.text) - len(strings.TrimLeft(p.text[p.at:], " \t\r\n"))
}

// word reads up to a blank or a sign that ends a word.
func (p *parser) word() string {
	p.blanks()
	rest := p.text[p.at:]
	if end := strings.IndexAny(rest, " \t\r\n{}()\"'=|"); end >= 0 {
		rest = rest[:end]
	}
	p.at += len(rest)
	return rest
}

// peek reports whether s comes next, after blanks.
func (p *parser) peek(s string) bool {
	p.blanks()
	return strings.HasPrefix(p.text[p.at:], s)
}

func (p *parser) expect(s string) error {
	if !p.peek(s) {
		if p.at == len(p.text) {
			return errorf(p.at, "%s is missing", s)
		}
		found, _ := utf8.DecodeRuneInString(p.text[p.at:])
		return errorf(p.at, "expected %s, found %q", s, found)
	}
	p.at += len(s)
	return nil
}
