package spec

import (
	"fmt"
	"strings"
)

// maxDroneDepth is how deep blocks and expressions may be nested, together.
const maxDroneDepth = 50

// A droneNode is a piece of text, a value to print, or a block.
type droneNode struct {
	text            string
	value           *droneExpr // what is printed, or what a block depends on
	block           string     // if, unless or each
	body, otherwise []droneNode
}

// A droneError says where in the template something is wrong.
type droneError struct {
	at   int
	text string
}

func (e *droneError) Error() string { return e.text }

func droneErrorf(at int, format string, args ...any) error {
	return &droneError{at, fmt.Sprintf(format, args...)}
}

// A droneParser reads a template. Names that are not known are collected, as there may be many; the
// first construct that is not understood ends it.
type droneParser struct {
	text    string
	at      int // what is read next
	each    int // how many #each are open
	unknown []error
}

// A droneEnd is what ended a list of nodes: "else", a closing tag such as "/if", or nothing.
type droneEnd struct {
	at        int
	word      string
	condition *droneExpr // of else if
}

// nodes reads up to an else, a closing tag or the end.
func (p *droneParser) nodes(depth int) (nodes []droneNode, end droneEnd, err error) {
	for {
		start, length := p.at, strings.Index(p.text[p.at:], "{{")
		if length < 0 {
			p.at = len(p.text)
			return append(nodes, droneNode{text: p.text[start:]}), droneEnd{at: p.at}, nil
		}
		at := start + length
		nodes = append(nodes, droneNode{text: p.text[start:at]})
		if strings.HasSuffix(nodes[len(nodes)-1].text, `\`) {
			return nil, end, droneErrorf(at-1, `\{{ is not understood in a template`)
		}
		p.at = at + len("{{")
		kind := p.text[p.at:]
		switch {
		case strings.HasPrefix(kind, "{"):
			p.at++
			err = p.value(&nodes, "}}}", depth)
		case strings.HasPrefix(kind, "!"):
			err = p.comment(at)
			p.standalone(at, nodes)
		case strings.HasPrefix(kind, "#"):
			p.at++
			err = p.block(&nodes, at, depth)
		case strings.HasPrefix(kind, "/"), isDroneElse().MatchString(kind):
			if end, err = p.end(at, depth); err == nil {
				p.standalone(at, nodes)
				return nodes, end, nil
			}
		default:
			err = p.value(&nodes, "}}", depth)
		}
		if err != nil {
			return nil, end, err
		}
	}
}

var isDroneElse = grammarOf(`^\s*else[\s}]`)

// standalone is for a tag that prints nothing: if it has its line to itself, the line vanishes.
func (p *droneParser) standalone(at int, before []droneNode) {
	left := strings.TrimRight(p.text[:at], " \t")
	right := strings.TrimLeft(p.text[p.at:], " \t")
	rest := strings.TrimPrefix(strings.TrimPrefix(right, "\r"), "\n")
	if (left == "" || strings.HasSuffix(left, "\n")) && (right == "" || strings.HasSuffix(p.text[:len(p.text)-len(rest)], "\n")) {
		last := &before[len(before)-1]
		last.text = strings.TrimRight(last.text, " \t")
		p.at = len(p.text) - len(rest)
	}
}

func (p *droneParser) comment(at int) error {
	closing := "}}"
	if strings.HasPrefix(p.text[p.at:], "!--") {
		closing = "--}}"
	}
	length := strings.Index(p.text[p.at:], closing)
	if length < 0 {
		return droneErrorf(at, "the comment is not closed: %s is missing", closing)
	}
	p.at += length + len(closing)
	return nil
}

func (p *droneParser) value(nodes *[]droneNode, closing string, depth int) error {
	e, err := p.call(depth)
	if err != nil {
		return err
	}
	*nodes = append(*nodes, droneNode{value: e})
	return p.expect(closing)
}

func (p *droneParser) block(nodes *[]droneNode, at, depth int) error {
	n := droneNode{block: p.word()}
	if n.block != "if" && n.block != "unless" && n.block != "each" {
		return droneErrorf(at, "unknown block {{#%s}}: the blocks are #if, #unless and #each%s",
			cut(n.block), didYouMean(n.block, "if", "unless", "each"))
	}
	var err error
	if n.value, err = p.argument(depth); err == nil {
		err = p.expect("}}")
	}
	if err != nil {
		return err
	}
	p.standalone(at, *nodes)
	if err := p.branches(&n, n.block, at, depth+1); err != nil {
		return err
	}
	*nodes = append(*nodes, n)
	return nil
}

// branches reads what stands in a block, up to its closing tag.
func (p *droneParser) branches(n *droneNode, block string, at, depth int) (err error) {
	if depth > maxDroneDepth {
		return droneErrorf(at, "nested deeper than %d", maxDroneDepth)
	}
	var end droneEnd
	if n.block == "each" {
		p.each++
	}
	n.body, end, err = p.nodes(depth)
	if n.block == "each" {
		p.each--
	}
	if err == nil && end.condition != nil {
		more := droneNode{block: "if", value: end.condition}
		err = p.branches(&more, block, at, depth+1)
		n.otherwise = []droneNode{more}
		return err
	}
	if err == nil && end.word == "else" {
		n.otherwise, end, err = p.nodes(depth)
	}
	switch {
	case err != nil:
		return err
	case end.word == "":
		return droneErrorf(at, "{{#%s}} is not closed: {{/%s}} is missing", block, block)
	case end.word != "/"+block:
		return droneErrorf(end.at, "{{%s}} within {{#%s}}: {{/%s}} is expected", cut(end.word), block, block)
	}
	return nil
}

// end reads an else, an else if or a closing tag.
func (p *droneParser) end(at, depth int) (end droneEnd, err error) {
	end = droneEnd{at: at, word: "else"}
	if strings.HasPrefix(p.text[p.at:], "/") {
		p.at++
		end.word = "/" + p.word()
		return end, p.expect("}}")
	}
	p.word()
	if p.peek("}}") {
		return end, p.expect("}}")
	}
	if word := p.word(); word != "if" {
		return end, droneErrorf(at, "{{else %s}} is not understood in a template: there is {{else}} and {{else if}}", cut(word))
	}
	if end.condition, err = p.argument(depth); err != nil {
		return end, err
	}
	return end, p.expect("}}")
}
