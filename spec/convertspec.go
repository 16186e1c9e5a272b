package spec

import (
	"bytes"
	"fmt"
	"reflect"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// modernise writes a spec with the current keys, and with the words for platforms that the index gets. Comments, anchors
// and all else stay. The spec means the same as before.
func modernise(doc document) ([]byte, error) {
	before, found := read(doc, Options{AllowUnknownPlatform: true})
	if found.problems != nil {
		return nil, found.err()
	}
	d := &decoder{}
	root := d.root(doc.raw)
	if root == nil {
		return nil, &Error{File: doc.file, Problems: d.problems}
	}
	m := &moderniser{decoder: d, done: map[*yaml.Node]bool{}}
	m.rename(root, specKeys)
	for _, f := range d.fields(root, "the spec") {
		if f.key.Value != "manifests" {
			continue
		}
		for _, entry := range d.list(f.value, "manifests") {
			m.entry(entry)
		}
	}
	switch isFlow := root.Style&yaml.FlowStyle != 0; {
	case isFlow:
		clearStyle(root, 0)
	case !m.changed:
		return append(bytes.TrimSpace(doc.raw), '\n'), nil
	}
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(d.whole); err != nil {
		return nil, &Error{File: doc.file, Problems: []Problem{{Text: err.Error()}}}
	}
	after, found := read(document{file: doc.file, raw: b.Bytes()}, Options{AllowUnknownPlatform: true})
	if found.problems != nil || !reflect.DeepEqual(before, after) {
		return nil, &Error{File: doc.file, Problems: []Problem{{Line: doc.above + 1, Text: fmt.Sprintf("cannot rewrite this spec without changing its meaning%s", why(found))}}}
	}
	return b.Bytes(), nil
}

func why(r reading) string {
	if len(r.problems) == 0 {
		return ""
	}
	return ": " + r.problems[0].Text
}

// A moderniser changes each node once: an alias leads to a node that was changed already.
type moderniser struct {
	*decoder
	done    map[*yaml.Node]bool
	changed bool
}

// entry changes the platform of an entry, or those that are merged into it.
func (m *moderniser) entry(n *yaml.Node) {
	switch value := m.valueOf(n, "platform"); {
	case value == nil || m.done[m.follow(value)]:
	case m.follow(value).Kind == yaml.ScalarNode:
		m.word(value)
	default:
		m.platform(m.follow(value))
	}
}

// valueOf returns the value of a key: an alias as such, or else what comes from a merged mapping.
func (m *moderniser) valueOf(n *yaml.Node, key string) *yaml.Node {
	n = m.follow(n)
	if own := valueIn(n, key); own != n {
		return own
	}
	for _, f := range m.fields(n, "a mapping") {
		if f.key.Value == key {
			return f.value
		}
	}
	return nil
}

// word changes a platform in one word.
func (m *moderniser) word(n *yaml.Node) {
	text := m.follow(n).Value
	given, err := platforms.Parse(text)
	written := platforms.Normalise(given)
	if err == nil && !given.Equals(written) && written.OSVersion == "" && written.OSFeatures == nil {
		m.set(n, text, written.String())
	}
}

// platform changes a platform with keys and values.
func (m *moderniser) platform(n *yaml.Node) {
	m.done[n] = true
	m.rename(n, platformKeys)
	os, architecture, variant := m.valueOf(n, "os"), m.valueOf(n, "architecture"), m.valueOf(n, "variant")
	text := func(n *yaml.Node) string {
		if n == nil || m.follow(n).Kind != yaml.ScalarNode || isNull(m.follow(n)) {
			return ""
		}
		return m.follow(n).Value
	}
	given := v1.Platform{OS: text(os), Architecture: text(architecture), Variant: text(variant)}
	written := platforms.Normalise(given)
	m.set(os, given.OS, written.OS)
	m.set(architecture, given.Architecture, written.Architecture)
	switch {
	case text(variant) != "":
		m.set(variant, given.Variant, written.Variant)
	case written.Variant != "": // arm/v7 was one word
		at := len(n.Content)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "architecture" {
				at = i + 2
			}
		}
		if m.changed = true; variant != nil {
			m.set(variant, "", written.Variant)
			return
		}
		added := []*yaml.Node{textNode("variant"), textNode(written.Variant)}
		n.Content = append(n.Content[:at:at], append(added, n.Content[at:]...)...)
	}
}

// set changes a value. An alias is replaced by the value, because other places use the node behind it.
func (m *moderniser) set(n *yaml.Node, given, written string) {
	if n == nil || given == written {
		return
	}
	m.changed = true
	n.SetString(written) // also makes a scalar of an alias
}

// rename renames the keys of a mapping.
func (m *moderniser) rename(n *yaml.Node, names map[string]string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if name, ok := names[n.Content[i].Value]; ok && n.Content[i].Kind == yaml.ScalarNode {
			n.Content[i].SetString(name)
			m.changed = true
		}
	}
}

// maxStyled is how deep the style of values is changed.
const maxStyled = 10

// clearStyle writes JSON as YAML: a document that is in flow style as a whole is not meant to stay on one line.
func clearStyle(n *yaml.Node, depth int) {
	if n.Style&yaml.FlowStyle == 0 || depth > maxStyled {
		return
	}
	n.Style &^= yaml.FlowStyle
	for _, child := range n.Content {
		if child.Kind == yaml.MappingNode || child.Kind == yaml.SequenceNode {
			clearStyle(child, depth+1)
		} else {
			child.Style &^= yaml.DoubleQuotedStyle // the encoder quotes what needs it
		}
	}
}
