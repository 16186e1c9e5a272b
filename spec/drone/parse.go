package drone

import (
	"fmt"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

// maxDepth is how deep blocks and expressions may be nested, together.
const maxDepth = 50

// A node is a piece of text, a value to print, or a block.
type node struct {
	text            string
	value           *expr  // what is printed, or what a block depends on
	block           string // if, unless or each
	body, otherwise []node
}

// A fault says where in the template something is wrong.
type fault struct {
	at   int
	text string
}

func (e *fault) Error() string { return e.text }

func errorf(at int, format string, args ...any) error {
	return &fault{at, fmt.Sprintf(format, args...)}
}

// A parser reads a template. It collects all unknown names, and stops at the first construct that it does
// not understand.
type parser struct {
	text    string
	at      int // what is read next
	each    int // how many #each are open
	unknown []error
	names   map[string]bool // of the variables
}

// An ending is the tag after a list of nodes: "else", a closing tag such as "/if", or nothing.
type ending struct {
	at        int
	word      string
	condition *expr // of else if
}

// nodes reads up to an else, a closing tag or the end.
func (p *parser) nodes(depth int) (nodes []node, end ending, err error) {
	for {
		start, length := p.at, strings.Index(p.text[p.at:], "{{")
		if length < 0 {
			p.at = len(p.text)
			return append(nodes, node{text: p.text[start:]}), ending{at: p.at}, nil
		}
		at := start + length
		nodes = append(nodes, node{text: p.text[start:at]})
		if strings.HasSuffix(nodes[len(nodes)-1].text, `\`) {
			return nil, end, errorf(at-1, `\{{ is not supported in a template`)
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
		case strings.HasPrefix(kind, "/"), isElse().MatchString(kind):
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

var isElse = lazyregexp.New(`^\s*else[\s}]`)

// standalone removes the line of a tag that prints nothing, if the tag is alone in its line.
func (p *parser) standalone(at int, before []node) {
	left := strings.TrimRight(p.text[:at], " \t")
	right := strings.TrimLeft(p.text[p.at:], " \t")
	rest := strings.TrimPrefix(strings.TrimPrefix(right, "\r"), "\n")
	if (left == "" || strings.HasSuffix(left, "\n")) && (right == "" || strings.HasSuffix(p.text[:len(p.text)-len(rest)], "\n")) {
		last := &before[len(before)-1]
		last.text = strings.TrimRight(last.text, " \t")
		p.at = len(p.text) - len(rest)
	}
}

func (p *parser) comment(at int) error {
	closing := "}}"
	if strings.HasPrefix(p.text[p.at:], "!--") {
		closing = "--}}"
	}
	length := strings.Index(p.text[p.at:], closing)
	if length < 0 {
		return errorf(at, "the comment is not closed: %s is missing", closing)
	}
	p.at += length + len(closing)
	return nil
}

func (p *parser) value(nodes *[]node, closing string, depth int) error {
	e, err := p.call(depth)
	if err != nil {
		return err
	}
	*nodes = append(*nodes, node{value: e})
	return p.expect(closing)
}

var blocks = map[string]bool{"if": true, "unless": true, "each": true}

func (p *parser) block(nodes *[]node, at, depth int) error {
	n := node{block: p.word()}
	if !blocks[n.block] {
		return errorf(at, "unknown block {{#%s}}: the blocks are #if, #unless and #each%s",
			excerpt.Of(n.block), didYouMean(n.block, blocks))
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

// branches reads the content of a block, up to its closing tag.
func (p *parser) branches(n *node, block string, at, depth int) (err error) {
	if depth > maxDepth {
		return errorf(at, "nested deeper than %d", maxDepth)
	}
	var end ending
	if n.block == "each" {
		p.each++
	}
	n.body, end, err = p.nodes(depth)
	if n.block == "each" {
		p.each--
	}
	if err == nil && end.condition != nil {
		more := node{block: "if", value: end.condition}
		err = p.branches(&more, block, at, depth+1)
		n.otherwise = []node{more}
		return err
	}
	if err == nil && end.word == "else" {
		n.otherwise, end, err = p.nodes(depth)
	}
	switch {
	case err != nil:
		return err
	case end.word == "":
		return errorf(at, "{{#%s}} is not closed: {{/%s}} is missing", block, block)
	case end.word != "/"+block:
		return errorf(end.at, "{{%s}} within {{#%s}}: expected {{/%s}}", excerpt.Of(end.word), block, block)
	}
	return nil
}

// end reads an else, an else if or a closing tag.
func (p *parser) end(at, depth int) (end ending, err error) {
	end = ending{at: at, word: "else"}
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
		return end, errorf(at, "{{else %s}} is not supported: use {{else}} or {{else if}}", excerpt.Of(word))
	}
	if end.condition, err = p.argument(depth); err != nil {
		return end, err
	}
	return end, p.expect("}}")
}
