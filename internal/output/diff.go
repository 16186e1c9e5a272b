package output

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry/diff"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// PrintDifferences prints comparisons, and returns a [Finding] if two sides differ.
func (p *Printer) PrintDifferences(found []diff.Difference, asJSON bool) error {
	var err error
	if asJSON {
		err = p.WriteJSON(differencesOutput(found))
	} else {
		w := &diffWriter{p: p}
		for i, d := range found {
			if i > 0 {
				w.b.WriteByte('\n')
			}
			w.difference(d)
		}
		err = p.WriteResult(w.b.Bytes())
	}
	for _, d := range found {
		if err == nil && !d.Same() && !d.Equivalent {
			return Finding("the images differ")
		}
	}
	return err
}

// The marks of lines, as in diff -u.
const (
	markRemoved = "-"
	markAdded   = "+"
	markChanged = "~"
	markSame    = "="
)

var markColours = map[string]string{markRemoved: red, markAdded: green, markChanged: yellow, markSame: dim}

// A diffWriter writes differences for people. Each line begins with a mark, and reads without its colour.
type diffWriter struct {
	p      *Printer
	indent string
	b      bytes.Buffer
}

func (w *diffWriter) line(mark, format string, args ...any) {
	text := w.indent + mark + " " + Printable(fmt.Sprintf(format, args...))
	if colour := markColours[mark[:1]]; w.p.colourResult && colour != "" {
		text = sgr(colour, text)
	}
	w.b.WriteString(text + "\n")
}

func (w *diffWriter) difference(d diff.Difference) {
	w.root("---", d.A)
	w.root("+++", d.B)
	if d.Same() {
		w.line(markSame, "same digest")
		return
	}
	for _, c := range d.Changes {
		w.change("", c)
	}
	if d.Reordered {
		w.line(markChanged, "order of the entries")
	}
	for _, e := range d.Entries {
		w.entry(e)
	}
	if d.Unchanged > 0 {
		w.line(markSame, "%s unchanged", entries(d.Unchanged))
	}
	switch {
	case d.Equivalent:
		w.line(markSame, "the digests differ, but only in what --ignore names")
	case !d.IsExplained():
		w.line(markChanged, "the digests differ, but no field does: only white space or the order of keys differs")
	}
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

func (w *diffWriter) root(mark string, r diff.Root) {
	text := r.Name + "  does not exist"
	if r.Exists {
		text = fmt.Sprintf("%s  %s", r.Name, r.Descriptor.Digest)
	}
	w.b.WriteString(mark + " " + Printable(text) + "\n")
}

// entry writes what differs in an entry, and in the image behind the entry.
func (w *diffWriter) entry(e diff.EntryDifference) {
	name := entryTitle(e)
	switch {
	case e.A == nil:
		w.line(markAdded, "%s  %s", name, entryFacts(*e.B))
	case e.B == nil:
		w.line(markRemoved, "%s  %s", name, entryFacts(*e.A))
	default:
		w.line(markChanged, "%s", name)
	}
	w.indent = "    "
	defer func() { w.indent = "" }()
	if e.IsReplaced() {
		w.line(markRemoved, "%s", entryFacts(*e.A))
		w.line(markAdded, "%s", entryFacts(*e.B))
	}
	for _, c := range e.Changes {
		w.change("descriptor ", c)
	}
	if e.Image != nil {
		w.image(*e.Image)
	}
	for _, a := range e.Attached {
		w.attached(a)
	}
	if e.IsReplaced() && e.Image != nil && e.Image.IsEmpty() {
		w.line(markChanged, "no field that diff compares differs: the manifests or the configs differ in white space, in the order of keys, or in other fields")
	}
}

func (w *diffWriter) attached(a diff.Attached) {
	mark, what := markRemoved, string(a.Kind)
	if a.IsNew {
		mark = markAdded
	}
	if a.Kind == index.Companion {
		what += " (" + a.Type + ")"
	}
	w.line(mark, "%s %s", what, a.Digest)
}

// entryTitle says what an entry is.
func entryTitle(e diff.EntryDifference) string {
	side := e.B
	if side == nil {
		side = e.A
	}
	listed := plan.InspectedEntry{Entry: index.Entry{Kind: e.Kind, Platform: e.Platform, Descriptor: side.Descriptor}, Image: side.Image}
	title := kindName(listed.Entry, e.Platform, artifactType(listed))
	if e.Platform.OSVersion != "" {
		title += " " + e.Platform.OSVersion
	}
	if len(e.Platform.OSFeatures) > 0 {
		title += " (" + strings.Join(e.Platform.OSFeatures, ", ") + ")"
	}
	return title
}

// entryFacts are the digest of an entry, and what is known of the image.
func entryFacts(e diff.Entry) string {
	facts := e.Descriptor.Digest.String()
	switch {
	case e.Missing:
		return facts + "  missing: the index lists the manifest, but the manifest does not exist"
	case e.Flaw != "":
		return facts + "  broken: " + e.Flaw
	case e.Image != nil:
		facts += fmt.Sprintf("  %s, %s", Count(len(e.Image.Layers), "layer"), HumanSize(e.Image.Size()))
	}
	return facts
}

func (w *diffWriter) image(d diff.ImageDifference) {
	for _, c := range d.Manifest {
		w.change("manifest ", c)
	}
	for _, c := range d.Config {
		if c.Field == "digest" {
			c.Field = "config"
		}
		w.change("", c)
	}
	if h := d.History; h != nil {
		w.line(markChanged, "history: %d -> %s, %s", h.From, Count(h.To, "step"), differing(h.Differing))
	}
	l := d.Layers
	switch {
	case l.Reordered:
		w.line(markChanged, "order of the layers")
	case l.Added.Number+l.Removed.Number > 0:
		w.line(markChanged, "layers: %s shared, %s added, %s removed%s", countText(l.Shared), countText(l.Added), countText(l.Removed), sameContent(l))
	}
}

func differing(n int) string {
	if n == 0 {
		return "only times differ"
	}
	return fmt.Sprintf("%d differ", n)
}

func countText(c diff.Count) string {
	if c.Number == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%s)", c.Number, HumanSize(c.Bytes))
}

func sameContent(l diff.Layers) string {
	if l.SameContent {
		return "; the uncompressed content is the same"
	}
	return ""
}
