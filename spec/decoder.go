package spec

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/internal/nearest"
)

// These limits bound the size that aliases can give to a small file, and the number of problems that a reader
// reports.
const (
	maxNodes    = 100_000
	maxText     = 4 << 20 // of all scalars together; as much as the index that they are for may have
	maxWord     = 4 << 10 // of one that is no annotation
	maxProblems = 50
)

// A decoder walks the nodes of a document and collects what is wrong with them. It works on nodes
// because they know their place and the text of their scalars: 3.10 stays 3.10.
type decoder struct {
	opts     Options
	problems []Problem
	notes    []Problem
	target   Problem    // where the name of the target is
	whole    *yaml.Node // the document, which holds some of the comments
	nodes    int
	text     int // bytes of the scalars that were read
}

// keys holds the keys that a mapping may have, with their readers.
type keys map[string]func(*yaml.Node)

func (d *decoder) problem(n *yaml.Node, format string, args ...any) {
	if len(d.problems) < maxProblems {
		d.problems = append(d.problems, problemAt(n, format, args...))
	}
}

func problemAt(n *yaml.Node, format string, args ...any) Problem {
	p := Problem{Text: fmt.Sprintf(format, args...)}
	if n != nil {
		p.Line, p.Column = n.Line, n.Column
	}
	return p
}

// wrong is a problem if there is an error.
func (d *decoder) wrong(n *yaml.Node, err error) {
	if err != nil {
		d.problem(n, "%v", err)
	}
}

// doubt is a note about a key, or a problem with Options.Strict.
func (d *decoder) doubt(n *yaml.Node, format string, args ...any) {
	if d.opts.Strict {
		d.problem(n, format, args...)
		return
	}
	d.keep(ruleUnknownKey, problemAt(n, format, args...))
}

// keep adds a note of a rule. Only lint takes more notes than a person reads.
func (d *decoder) keep(rule string, p Problem) {
	limit := maxProblems
	if d.opts.lint {
		limit = maxFindings
	}
	if p.Rule = rule; len(d.notes) < limit {
		d.notes = append(d.notes, p)
	}
}

// mapping passes the values of a mapping to their readers, and returns the keys that were present, or nil if the
// node is not a mapping. A key with an empty value counts as absent.
func (d *decoder) mapping(n *yaml.Node, what string, known keys, aliases map[string]string) map[string]bool {
	fields := d.fields(n, what)
	if fields == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, f := range fields {
		key := f.key.Value
		if alias, ok := aliases[key]; ok {
			key = alias
		}
		read, ok := known[key]
		switch {
		case !ok && strings.HasPrefix(f.key.Value, "x-"): // where people keep their anchors
		case !ok:
			d.doubt(f.key, "unknown key %q in %s%s", excerpt.Of(f.key.Value), what, nearest.DidYouMean(excerpt.Of(key), sortedKeys(known)...))
		case seen[key]:
			d.problem(f.key, "%s is given twice", key)
		case !isNull(f.value):
			seen[key] = true
			read(f.value)
		}
	}
	return seen
}

type field struct{ key, value *yaml.Node }

// maxMerges is how deep mappings may be merged into mappings. Aliases can make that endless.
const maxMerges = 10

// fields returns the keys and values of a mapping, with those of merged mappings ("<<") after its own. A key of the
// mapping itself has precedence: the first one counts.
func (d *decoder) fields(n *yaml.Node, what string) []field {
	if n = d.follow(n); n.Kind != yaml.MappingNode {
		d.problem(n, "%s: expected keys and values, found %s", what, kindOf(n))
		return nil
	}
	fields, lines := []field{}, map[string]int{}
	d.collect(n, 0, func(key, value *yaml.Node, depth int) {
		line, known := lines[key.Value]
		switch {
		case !known:
			lines[key.Value] = key.Line
			fields = append(fields, field{key, value})
		case depth == 0:
			d.problem(key, "%s is given twice, first in line %d", excerpt.Of(key.Value), line)
		}
	})
	return fields
}

// collect visits the keys of a mapping, and then those of what is merged into it.
func (d *decoder) collect(n *yaml.Node, depth int, visit func(key, value *yaml.Node, depth int)) {
	switch {
	case n.Kind != yaml.MappingNode:
		d.problem(n, "<<: expected keys and values, found %s", kindOf(n))
		return
	case depth > maxMerges:
		d.problem(n, "<<: too many levels of merged keys")
		return
	}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content) && d.count(n); i += 2 {
		key, value := d.follow(n.Content[i]), d.follow(n.Content[i+1])
		switch {
		case key.Tag != "!!merge":
			visit(key, value, depth)
		case value.Kind == yaml.SequenceNode:
			merged = append(merged, value.Content...)
		default:
			merged = append(merged, value)
		}
	}
	for _, m := range merged {
		d.collect(d.follow(m), depth+1, visit)
	}
}

// list is the items of a list; a single value is a list of one.
func (d *decoder) list(n *yaml.Node, what string) []*yaml.Node {
	switch n = d.follow(n); {
	case isNull(n):
		return nil
	case n.Kind == yaml.ScalarNode:
		return []*yaml.Node{n}
	case n.Kind != yaml.SequenceNode:
		d.problem(n, "%s: expected a list, found %s", what, kindOf(n))
		return nil
	}
	items := make([]*yaml.Node, 0, len(n.Content))
	for _, item := range n.Content {
		if !d.count(n) {
			break
		}
		items = append(items, d.follow(item))
	}
	return items
}

// words is a list of single values, without the empty ones.
func (d *decoder) words(n *yaml.Node, what string) []string {
	var words []string
	for _, item := range d.list(n, what) {
		if word := d.replaced(item, what); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// word is a single value of the file, without spaces around it.
func (d *decoder) word(n *yaml.Node, what string) string {
	word := strings.TrimSpace(d.scalar(n, what))
	if len(word) > maxWord {
		d.problem(n, "%s: longer than the limit of %d bytes", what, maxWord)
		return ""
	}
	return word
}

// replaced is a word in which no placeholder is left over from a template.
func (d *decoder) replaced(n *yaml.Node, what string) string {
	word := d.word(n, what)
	if p := placeholder().FindString(word); p != "" {
		d.problem(n, "%s: the placeholder %s was not replaced", what, excerpt.Of(p))
		return ""
	}
	return word
}

// scalar is a single value to the letter.
func (d *decoder) scalar(n *yaml.Node, what string) string {
	n = d.follow(n)
	switch {
	case n.Kind != yaml.ScalarNode:
		d.problem(n, "%s: expected a single value, found %s", what, kindOf(n))
		return ""
	case isNull(n):
		return ""
	}
	if d.text += len(n.Value); d.text > maxText {
		if d.text-len(n.Value) <= maxText {
			d.problem(n, "the spec contains too much text")
		}
		return ""
	}
	return n.Value
}

// follow returns the node that an alias refers to.
func (d *decoder) follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// count counts a visit, and is false when there were too many.
func (d *decoder) count(n *yaml.Node) bool {
	d.nodes++
	if d.nodes == maxNodes {
		d.problem(n, "the spec has too many values")
	}
	return d.nodes < maxNodes
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		if len(n.Content) > 0 && n.Content[0].Kind == yaml.MappingNode {
			return "a placeholder such as {{x}} that was not replaced"
		}
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	}
	if isNull(n) {
		return "nothing"
	}
	return fmt.Sprintf("%q", excerpt.Of(n.Value))
}
