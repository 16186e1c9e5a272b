package spec

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
)

// A Format is what a file is that [Convert] reads.
type Format string

// The formats: specs, configurations of regsync (regclient, docs/regsync.md) and the YAML of skopeo sync (skopeo-sync(1)).
// Templates of Drone's plugin are rendered first, by package drone.
const (
	SpecFormat   Format = "spec"
	Regsync      Format = "regsync"
	SkopeoSync   Format = "skopeo"
	unknownFirst        = 5 // keys that a message names
)

// ConvertOptions are the options of [Convert].
type ConvertOptions struct {
	From   Format // empty to detect it
	Target string // of skopeo sync: the registry or the namespace that the images go to
	Scoped bool   // of skopeo sync: the whole names of the sources stand behind the target
	Strict bool   // what cannot be expressed is an error
}

// A Conversion is a file in one of our formats: a spec, or the copies of [LoadPairs].
type Conversion struct {
	Format Format
	Text   []byte
	Lost   []string // what cannot be expressed, with its place
	Notes  []string
}

// Convert converts a file: an old spec to a spec, the others to copies. Everything that the copies cannot say is in Lost,
// and in comments among them.
func Convert(file string, raw []byte, o ConvertOptions) (Conversion, error) {
	d := &decoder{opts: Options{lint: true}}
	root := d.root(raw)
	if system := pipelineOf(root); system != "" && o.From != SkopeoSync {
		fault := problemAt(root, "this is a pipeline of %s: %s", system, pipelineHints[system])
		return Conversion{}, &Error{File: file, Problems: []Problem{fault}}
	}
	if o.From == SpecFormat || o.From == "" && (root == nil || isSpec(root)) {
		return convertSpecs(file, raw, o) // which also says what is wrong with a file that is no YAML
	}
	c := &converter{decoder: d, o: o}
	done := Conversion{Format: o.From}
	if root != nil {
		if done.Format == "" {
			done.Format = c.detect(root)
		}
		switch done.Format {
		case Regsync:
			c.regsync(root)
		case SkopeoSync:
			c.skopeoSync(root)
		}
	}
	if d.problems == nil {
		c.finish(root)
	}
	for _, n := range d.notes {
		if n.Rule == "" {
			done.Notes = append(done.Notes, n.at(file))
			continue
		}
		if done.Lost = append(done.Lost, n.at(file)); o.Strict {
			d.problems = append(d.problems, n)
		}
	}
	slices.SortStableFunc(d.problems, comparePlaces)
	if d.problems != nil {
		return Conversion{Notes: done.Notes}, &Error{File: file, Problems: d.problems}
	}
	done.Text = c.text(file, done.Format)
	return done, nil
}

// ruleLost marks the notes about what cannot be expressed.
const ruleLost = "lost"

// A converter reads a file of another tool.
type converter struct {
	*decoder
	o       ConvertOptions
	lines   []pairLine
	targets map[Reference]int   // the line of each
	hosts   map[string][]string // those that need a flag, by their setting tls in regsync
}

// lost is something that the copies cannot say.
func (c *converter) lost(n *yaml.Node, format string, args ...any) {
	c.keep(ruleLost, problemAt(n, format, args...))
}

// say is something that the user has to know, and nothing is lost.
func (c *converter) say(n *yaml.Node, format string, args ...any) {
	c.keep("", problemAt(n, format, args...))
}

// finish finds what is wrong with the result as a whole.
func (c *converter) finish(root *yaml.Node) {
	switch {
	case len(c.notes) >= maxFindings:
		c.problem(root, "more than %d settings cannot be expressed", maxFindings)
	case c.nodes >= maxNodes:
		c.problem(root, "the file has too many values")
	}
}

// isSpec reports whether a document has one of the keys that a spec needs.
func isSpec(root *yaml.Node) bool {
	return root.Kind == yaml.MappingNode && (hasKey(root, "manifests") || hasKey(root, "image"))
}

func hasKey(n *yaml.Node, key string) bool { return n.Kind == yaml.MappingNode && valueIn(n, key) != n }

// pipelineHints are what to do with a pipeline, by its CI system.
var pipelineHints = map[string]string{
	"Drone":      "give the template that its setting spec names, or use push from-args",
	"Woodpecker": "give the template that its setting spec names, or use push from-args",
	"GitLab":     "use push from-args in it",
	"GitHub":     "use push from-args in it",
}

// pipelineOf is the CI system that a file is a pipeline of, by its keys. It is empty for all other files.
func pipelineOf(root *yaml.Node) string {
	if root == nil || root.Kind != yaml.MappingNode || hasKey(root, "manifests") || hasKey(root, "sync") {
		return ""
	}
	has := func(key string, kinds ...yaml.Kind) bool { return slices.Contains(kinds, valueKind(root, key)) }
	const list, mapping = yaml.SequenceNode, yaml.MappingNode
	switch {
	case has("kind", yaml.ScalarNode) && slices.Contains([]string{"pipeline", "secret", "signature", "template"}, valueIn(root, "kind").Value):
		return "Drone" // each is the kind of a document in .drone.yml
	case has("jobs", mapping) && hasKey(root, "on"):
		return "GitHub"
	case has("stages", list), hasScript(root):
		return "GitLab"
	case has("steps", list, mapping), has("pipeline", mapping):
		return "Woodpecker"
	}
	return ""
}

// valueKind is the kind of the value of a key, or 0.
func valueKind(n *yaml.Node, key string) yaml.Kind {
	if !hasKey(n, key) {
		return 0
	}
	return valueIn(n, key).Kind
}

// hasScript reports whether a mapping has a job of GitLab.
func hasScript(root *yaml.Node) bool {
	return slices.ContainsFunc(root.Content, func(n *yaml.Node) bool { return hasKey(n, "script") })
}

// detect finds out which tool a file is for.
func (c *converter) detect(root *yaml.Node) Format {
	if hasKey(root, "sync") {
		return Regsync
	}
	var words []string
	for _, f := range c.fields(root, "the file") {
		registry := c.follow(f.value)
		if hasKey(registry, "images") || hasKey(registry, "images-by-tag-regex") || hasKey(registry, "images-by-semver") {
			return SkopeoSync
		}
		if len(words) < unknownFirst {
			words = append(words, fmt.Sprintf("%q", excerpt.Of(f.key.Value)))
		}
	}
	if c.problems == nil {
		c.problem(root, "the file is neither a spec nor a configuration of regsync or skopeo sync: its keys are %s (use --from to name the format)", strings.Join(words, ", "))
	}
	return ""
}

// convertSpecs brings all specs of a file into the current form.
func convertSpecs(file string, raw []byte, o ConvertOptions) (Conversion, error) {
	done := Conversion{Format: SpecFormat}
	_, readings, err := loadAll(file, bytes.NewReader(raw), nil, Options{Strict: o.Strict})
	if err != nil {
		return done, err
	}
	failed := &Error{File: file}
	for _, r := range readings {
		failed.Problems = append(failed.Problems, r.problems...)
		done.Lost = append(done.Lost, r.texts()...)
	}
	if failed.Problems != nil {
		return done, failed
	}
	documents := documentsIn(file, bytes.TrimPrefix(raw, []byte("\ufeff")))
	for i, doc := range documents {
		text, err := modernise(doc)
		if err != nil {
			return done, err
		}
		if i > 0 && !bytes.HasPrefix(text, []byte("---")) {
			text = append([]byte("---\n"), text...)
		}
		done.Text = append(done.Text, text...)
	}
	return done, nil
}
