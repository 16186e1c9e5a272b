package spec

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

// maxFile is the largest spec that is read; a thousand entries fit many times.
const maxFile = 1 << 20

// Load reads a spec in YAML or JSON. All faults are reported at once, as an [*Error] that names the
// file as given. The notes are for the user to read, also beside an error.
func Load(file string, in io.Reader, opts Options) (Spec, []string, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return Spec{}, nil, &ReadError{File: file, Err: err}
	}
	return decode(document{file: file, raw: raw}, opts)
}

// A document is a spec in a file, with the number of bytes and of lines before it.
type document struct {
	file  string
	at    int
	above int
	raw   []byte
}

// decode decodes a spec.
func decode(doc document, opts Options) (Spec, []string, error) {
	s, found := read(doc, opts)
	return s, found.texts(), found.err()
}

// A reading is what was found in a document beside the spec.
type reading struct {
	file            string
	target          Problem // where the name of the target is
	notes, problems []Problem
}

// read decodes a spec, and finds all that is wrong with it. The spec is empty if there are problems.
func read(doc document, opts Options) (Spec, reading) {
	d := &decoder{opts: opts}
	s := d.document(doc.raw)
	for _, found := range [][]Problem{d.notes, d.problems} {
		for i := range found {
			if found[i].Line > 0 {
				found[i].Line += doc.above
			}
		}
	}
	if d.target.Line > 0 {
		d.target.Line += doc.above
	}
	slices.SortStableFunc(d.problems, comparePlaces)
	if d.problems != nil {
		s = Spec{}
	}
	return s, reading{doc.file, d.target, d.notes, d.problems}
}

func comparePlaces(a, b Problem) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// texts are the notes as messages.
func (r reading) texts() []string {
	texts := make([]string, len(r.notes))
	for i, n := range r.notes {
		if texts[i] = n.Text; n.Line > 0 {
			texts[i] = n.at(r.file)
		}
	}
	return texts
}

// setLine sets the line of the problems that have none, which are about the whole spec.
func (r reading) setLine(line int) {
	for i := range r.problems {
		r.problems[i].Line = cmp.Or(r.problems[i].Line, line)
	}
}

func (r reading) err() error {
	if r.problems == nil {
		return nil
	}
	return &Error{File: r.file, Problems: r.problems}
}

// maxDirectives is how many lines of a spec may begin with %, as directives do (YAML 1.1, chapter 4.6). The YAML
// library compares each %TAG with all others.
const maxDirectives = 10

func directives(raw []byte) int {
	n := bytes.Count(raw, []byte("\n%")) + bytes.Count(raw, []byte("\r%"))
	if bytes.HasPrefix(raw, []byte("%")) {
		n++
	}
	return n
}

func (d *decoder) document(raw []byte) Spec {
	root := d.root(raw)
	if root == nil {
		return Spec{}
	}
	return d.spec(root)
}

// root parses the file, and returns nil if there is no value in it.
func (d *decoder) root(raw []byte) *yaml.Node {
	if len(raw) > maxFile {
		d.problem(nil, "the spec is larger than the limit of %d KiB", maxFile>>10)
		return nil
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if directives(raw) > maxDirectives {
		d.problem(nil, "more than %d lines begin with %%: remove the YAML directives", maxDirectives)
		return nil
	}
	if text := bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("---\n"))); bytes.HasPrefix(text, []byte("{")) && !bytes.HasPrefix(text, []byte("{{")) {
		raw = fromJSON(raw)
	}
	// the version that the parser knows; nothing in a spec is different in 1.2
	raw = bytes.Replace(raw, []byte("%YAML 1.2"), []byte("%YAML 1.1"), 1)
	documents := yaml.NewDecoder(bytes.NewReader(raw))
	var root yaml.Node
	if err := documents.Decode(&root); err != nil {
		d.syntax(err, raw)
		return nil
	}
	for {
		var more yaml.Node
		if err := documents.Decode(&more); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			d.syntax(err, raw)
			break
		} else if n := more.Content[0]; !isNull(n) {
			d.problem(n, "the file has a second YAML document: use one file for each image")
			break
		}
	}
	d.whole = &root
	return root.Content[0]
}

// A ReadError is a spec that could not be read.
type ReadError struct {
	File string
	Err  error
}

func (e *ReadError) Error() string { return fmt.Sprintf("cannot read the spec %s: %v", e.File, e.Err) }

// Unwrap gives the cause.
func (e *ReadError) Unwrap() error { return e.Err }

var syntaxError = lazyregexp.New(`^yaml: (?:line (\d+): )?(.*)$`)

// fromJSON makes YAML of what JSON has and YAML has not: tabs as indentation, and \/ for a slash.
func fromJSON(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		switch {
		case raw[i] == '\t':
			out = append(out, ' ')
		case raw[i] == '\\' && i+1 < len(raw) && raw[i+1] != '/':
			out = append(out, raw[i], raw[i+1])
			i++
		case raw[i] != '\\':
			out = append(out, raw[i])
		}
	}
	return out
}

// syntax reports what the parser said, and what is behind it most often.
func (d *decoder) syntax(err error, raw []byte) {
	if errors.Is(err, io.EOF) {
		d.problem(nil, "the file is empty")
		return
	}
	parts := syntaxError().FindStringSubmatch(strings.ReplaceAll(err.Error(), "\n", " "))
	if parts == nil {
		d.problem(nil, "%v", err)
		return
	}
	line, _ := strconv.Atoi(parts[1])
	text := "not valid YAML: " + parts[2]
	switch {
	case bytes.Contains(raw, []byte("{{")):
		text += "; is a placeholder like {{x}} not replaced?"
	case strings.Contains(parts[2], "mapping values are not allowed"):
		text += "; does a name end in a colon, because the variable for its tag is not set?"
	}
	d.problems = append(d.problems, Problem{Line: line, Text: text})
}

func (d *decoder) spec(n *yaml.Node) Spec {
	s := Spec{Type: Auto}
	var tags []string
	var template string
	image, kind, byPlatform := n, n, n // where each was found
	seen := d.mapping(n, "the spec", keys{
		"image":         func(n *yaml.Node) { image = n; d.targets(&s, n) },
		"tags":          func(n *yaml.Node) { tags = d.tags(n) },
		"type":          func(n *yaml.Node) { kind, s.Type = n, d.typeWord(n) },
		"annotations":   func(n *yaml.Node) { s.Annotations = d.annotations(n) },
		"platform-tags": func(n *yaml.Node) { byPlatform, template = n, d.replaced(n, "platform-tags") },
		"manifests":     func(n *yaml.Node) { s.Entries = d.entries(n) },
	}, specKeys)
	if seen == nil {
		return s
	}
	if !seen["image"] {
		d.problem(n, "image is missing: name the target")
	}
	notes, err := s.setTags(tags, d.opts.ByDigest)
	d.wrong(image, err)
	d.target = Problem{Line: image.Line, Column: image.Column}
	for _, note := range notes {
		d.noteTarget(note)
	}
	names, errs := tagpattern.ParseNames(d.opts.ArchNames, d.opts.AllowUnknownPlatform)
	for _, err := range errs {
		d.wrong(nil, err)
	}
	s.PlatformTags, err = s.platformTags(cmp.Or(d.opts.PlatformTags, template), names)
	d.wrong(byPlatform, err)
	if !seen["manifests"] {
		d.problem(n, "manifests is missing: list the images to assemble")
	}
	if d.opts.Type != "" {
		s.Type = d.opts.Type
	}
	if s.KeepMissing = d.opts.KeepMissing; s.KeepMissing && len(s.Targets) > 1 {
		d.problem(image, "--keep-missing needs exactly one target, found %d", len(s.Targets))
	}
	s.annotate(d.opts.Annotations)
	d.wrong(kind, s.checkType())
	return s
}

// targets reads where the image goes: one name, or a list of them.
func (d *decoder) targets(s *Spec, n *yaml.Node) {
	nodes := []*yaml.Node{n}
	if d.follow(n).Kind == yaml.SequenceNode {
		if nodes = d.list(n, "image"); len(nodes) == 0 {
			d.problem(n, "image is empty: name the target")
		}
	}
	for _, node := range nodes {
		if target := d.reference(node); target.Place != (Place{}) {
			d.wrong(node, s.addTarget(target))
		}
	}
}

func (d *decoder) entries(n *yaml.Node) []Entry {
	nodes := d.list(n, "manifests")
	switch {
	case nodes == nil: // the wrong type is reported already
		return nil
	case len(nodes) == 0:
		d.problem(n, "manifests is empty: list the images to assemble")
	case len(nodes) > MaxEntries:
		d.problem(n, "%d images; the limit of one spec is %d", len(nodes), MaxEntries)
		return nil
	}
	entries := make([]Entry, len(nodes))
	for i, node := range nodes {
		entries[i] = d.entry(node)
	}
	d.lintEntries(nodes, entries)
	return entries
}

func (d *decoder) entry(n *yaml.Node) Entry {
	var e Entry
	seen := d.mapping(n, "an entry of manifests", keys{
		"image":       func(n *yaml.Node) { e.Source = d.reference(n).WithDefaultTag() },
		"platform":    func(n *yaml.Node) { d.platform(n, &e) },
		"annotations": func(n *yaml.Node) { e.Annotations = d.annotations(n) },
	}, nil)
	if seen != nil && !seen["image"] {
		d.problem(n, "image is missing: name the image of this entry")
	}
	return e
}

func (d *decoder) reference(n *yaml.Node) Reference {
	if n.Kind != yaml.ScalarNode {
		d.problem(n, "image: expected a name, found %s", kindOf(n))
		return Reference{}
	}
	ref, err := ParseReference(d.word(n, "image"))
	d.wrong(n, err)
	return ref
}

func (d *decoder) tags(n *yaml.Node) []string {
	var tags []string
	for _, item := range d.list(n, "tags") {
		if item.Kind != yaml.ScalarNode {
			d.problem(item, "tags: expected a tag, found %s", kindOf(item))
			continue
		}
		tag := d.word(item, "tags")
		d.wrong(item, CheckTag(tag))
		tags = append(tags, tag)
	}
	return tags
}

func (d *decoder) typeWord(n *yaml.Node) Type {
	t, err := ParseType(d.word(n, "type"))
	d.wrong(n, err)
	return t
}

func (d *decoder) annotations(n *yaml.Node) map[string]string {
	annotations := map[string]string{}
	for _, f := range d.fields(n, "annotations") {
		d.wrong(f.key, annotate(annotations, f.key.Value, d.scalar(f.value, f.key.Value)))
	}
	return annotations
}
