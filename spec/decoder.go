package spec

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxNodes bounds what aliases can make of a small file.
const maxNodes = 100_000

// A decoder walks the nodes of a document and collects what is wrong with them. It works on nodes
// because they know their place and the text of their scalars: 3.10 stays 3.10.
type decoder struct {
	opts     Options
	problems []Problem
	notes    []Problem
	nodes    int
}

// keys is what a mapping may hold, and who reads it.
type keys map[string]func(*yaml.Node)

func (d *decoder) problem(n *yaml.Node, format string, args ...any) {
	p := Problem{Text: fmt.Sprintf(format, args...)}
	if n != nil {
		p.Line, p.Column = n.Line, n.Column
	}
	d.problems = append(d.problems, p)
}

// wrong is a problem if there is an error.
func (d *decoder) wrong(n *yaml.Node, err error) {
	if err != nil {
		d.problem(n, "%v", err)
	}
}

// doubt is a note, or a problem where the user wants to be strict.
func (d *decoder) doubt(n *yaml.Node, format string, args ...any) {
	to := &d.notes
	if d.opts.Strict {
		to = &d.problems
	}
	*to = append(*to, Problem{Line: n.Line, Column: n.Column, Text: fmt.Sprintf(format, args...)})
}

// mapping hands the values of a mapping to those who read them, and returns the keys that were
// there: nil if it is no mapping. Keys with an empty value count as absent.
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
			d.doubt(f.key, "unknown key %q in %s%s", f.key.Value, what, didYouMean(key, sortedKeys(known)...))
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

// fields are the keys and values of a mapping, with what is merged into it ("<<") behind its own.
func (d *decoder) fields(n *yaml.Node, what string) []field {
	if n = d.follow(n); n.Kind != yaml.MappingNode {
		d.problem(n, "%s: expected keys and values, found %s", what, kindOf(n))
		return nil
	}
	fields := []field{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content) && d.count(n); i += 2 {
		key, value := d.follow(n.Content[i]), d.follow(n.Content[i+1])
		if key.Tag == "!!merge" {
			merged = append(merged, value)
			continue
		}
		if at := slices.IndexFunc(fields, func(f field) bool { return f.key.Value == key.Value }); at >= 0 {
			d.problem(key, "%s is given twice, first in line %d", key.Value, fields[at].key.Line)
			continue
		}
		fields = append(fields, field{key, value})
	}
	return d.merge(fields, merged)
}

// merge adds what the mappings hold that are merged into one, where it has no such key itself.
// A merge within a merge is left out: no spec needs it, and it could have no end.
func (d *decoder) merge(fields []field, merged []*yaml.Node) []field {
	for _, m := range merged {
		maps := []*yaml.Node{m}
		if m.Kind == yaml.SequenceNode {
			maps = m.Content
		}
		for _, from := range maps {
			from = d.follow(from)
			for i := 0; from.Kind == yaml.MappingNode && i+1 < len(from.Content) && d.count(from); i += 2 {
				key, value := d.follow(from.Content[i]), d.follow(from.Content[i+1])
				known := func(f field) bool { return f.key.Value == key.Value }
				if key.Tag != "!!merge" && !slices.ContainsFunc(fields, known) {
					fields = append(fields, field{key, value})
				}
			}
		}
	}
	return fields
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

// words is a list of scalars, without the empty ones.
func (d *decoder) words(n *yaml.Node, what string) []string {
	var words []string
	for _, item := range d.list(n, what) {
		if word := d.word(item, what); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// word is the text of a scalar as it stands in the file.
func (d *decoder) word(n *yaml.Node, what string) string {
	n = d.follow(n)
	if n.Kind != yaml.ScalarNode {
		d.problem(n, "%s: expected a single value, found %s", what, kindOf(n))
		return ""
	}
	if isNull(n) {
		return ""
	}
	return strings.TrimSpace(n.Value)
}

// follow gives what an alias stands for.
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
		d.problem(n, "too much for a spec")
	}
	return d.nodes < maxNodes
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	}
	if isNull(n) {
		return "nothing"
	}
	return fmt.Sprintf("%q", n.Value)
}
