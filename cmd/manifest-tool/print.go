package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/term"

	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
)

// write writes a result to stdout: the only place that does.
func (p *program) write(b []byte) error {
	if _, err := p.stdout.Write(b); err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	return nil
}

func (p *program) writeJSON(v any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return err
	}
	return p.write(printableJSON(b.Bytes()))
}

// say tells the user something on stderr that is neither a warning nor an error.
func (p *program) say(format string, args ...any) {
	fmt.Fprintf(p.stderr, "manifest-tool: %s\n", printable(fmt.Sprintf(format, args...)))
}

// printResults prints the line that scripts cut the digest from. Its form is fixed.
func (p *program) printResults(results []result, asJSON bool) error {
	if asJSON {
		return p.writeJSON(resultOutput(results))
	}
	d := results[0].report.Manifest
	return p.write(fmt.Appendf(nil, "Digest: %s %d\n", d.Digest, d.Size))
}

// printPlans prints the index to stdout, and what would be done to stderr.
func (p *program) printPlans(results []result, asJSON bool) error {
	if asJSON {
		return p.writeJSON(planOutput(results))
	}
	for _, r := range results {
		if r.plan.Err == nil {
			p.tellPlan(r.plan)
		}
	}
	return p.write(results[0].plan.Index.Bytes)
}

func (p *program) tellPlan(plan plan.Plan) {
	for _, e := range plan.Entries {
		if e.Copy {
			p.say("would copy %s %s from %s, with %s", entryName(e.Platform, e.Attests), e.Descriptor.Digest, e.Source, count(len(e.Blobs), "blob"))
		}
	}
	for _, r := range plan.Referrers {
		if r.Needed {
			p.say("would copy %s %s from %s, about %s", referrerName(r), r.Manifest().Digest, r.Entries[len(r.Entries)-1].Source, r.Subject)
		}
	}
	for _, change := range plan.Changes {
		p.say("would %s", changeText(change))
	}
	if d := plan.Index.Descriptor(); !plan.Split {
		p.say("would push %s as %s, %d bytes, %s", plan.Target, d.Digest, d.Size, d.MediaType)
	}
	for _, m := range plan.TagUpdates {
		what := m.Tag
		if m.Platform != nil {
			what += " for " + platformName(*m.Platform)
		}
		switch {
		case !m.Needed:
			p.say("would leave tag %s, which holds it", what)
		case m.From == v1.Hash{}:
			p.say("would create tag %s", what)
		default:
			p.say("would move tag %s from %s", what, m.From)
		}
	}
}

// referrerName is what something about an image is called.
func referrerName(r plan.PlannedReferrer) string {
	if r.TagUpdate != nil {
		return "tag " + r.TagUpdate.Tag
	}
	return "referrer"
}

// changeText is what an edit does to an entry, or to the index.
func changeText(c plan.Change) string {
	what := "the index"
	switch {
	case c.Platform.OS != "":
		what = platformName(c.Platform)
	case c.From != v1.Hash{} || c.To != v1.Hash{}:
		what = "an entry"
	}
	switch c.What {
	case "added":
		return fmt.Sprintf("add %s, %s", what, c.To)
	case "removed":
		return fmt.Sprintf("remove %s, %s", what, c.From)
	case "replaced":
		return fmt.Sprintf("replace %s, %s, by %s", what, c.From, c.To)
	case "platform":
		return fmt.Sprintf("list %s for %s", c.To, what)
	}
	return "annotate " + what
}

// printInspection prints three lines as manifest-tool always did, and a table.
func (p *program) printInspection(name string, found resolve.Inspection) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Name:   %s (Type: %s)\n", printable(name), printable(string(found.Manifest.MediaType)))
	fmt.Fprintf(&b, "Digest: %s\n", found.Manifest.Digest)
	if found.Image != nil {
		printImage(&b, *found.Image)
		return p.write(b.Bytes())
	}
	attestations := 0
	for _, e := range found.Entries {
		if e.AttestationOf != "" {
			attestations++
		}
	}
	images := len(found.Entries) - attestations
	fmt.Fprintf(&b, " * Contains %d manifest references (%s, %s):\n", len(found.Entries), count(images, "image"), count(attestations, "attestation"))
	rows := inspectionRows(found.Entries)
	table := tableOf(rows, false)
	if width := p.width(); width > 0 && widest(table) > width {
		table = tableOf(rows, true)
	}
	b.Write(table)
	return p.write(b.Bytes())
}

func printImage(b *bytes.Buffer, image resolve.ImageDetails) {
	fmt.Fprintf(b, "Platform: %s\n", platformName(image.Platform))
	fmt.Fprintf(b, "Size:   %s\n", humanSize(image.Size()))
	fmt.Fprintf(b, " * Contains %s:\n", count(len(image.Layers), "layer"))
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, layer := range image.Layers {
		fmt.Fprintf(table, "   %s\t%s\n", layer.Digest, humanSize(layer.Size))
	}
	table.Flush()
}

// row is an entry of an index, as it is shown.
type row struct{ name, version, layers, size, digest string }

func inspectionRows(entries []resolve.Inspected) []row {
	platforms := map[string]v1.Platform{}
	for _, e := range entries {
		platforms[e.Descriptor.Digest.String()] = e.Platform
	}
	rows := make([]row, len(entries))
	for i, e := range entries {
		r := row{name: platformName(e.Platform), version: printable(e.Platform.OSVersion), layers: "-", size: "-", digest: e.Descriptor.Digest.String()}
		switch {
		case e.AttestationOf != "":
			r.name = entryName(platforms[e.AttestationOf], e.AttestationOf)
		case e.Descriptor.MediaType.IsIndex():
			r.name = "an index of its own"
		case e.Image == nil && !e.Missing && e.Flaw == nil:
			r.name = printable(string(e.Descriptor.MediaType))
		}
		switch {
		case e.Missing:
			r.name += " (gone)"
		case e.Flaw != nil:
			r.name += " (broken)"
		}
		if e.Image != nil {
			r.layers, r.size = fmt.Sprint(len(e.Image.Layers)), humanSize(e.Image.Size())
		}
		rows[i] = r
	}
	return rows
}

// tableOf aligns rows. The column of versions is left out where there are none.
func tableOf(rows []row, short bool) []byte {
	versions := false
	for _, r := range rows {
		versions = versions || r.version != ""
	}
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	print := func(r row) {
		fmt.Fprintf(w, "   %s\t", r.name)
		if versions {
			fmt.Fprintf(w, "%s\t", r.version)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.layers, r.size, r.digest)
	}
	print(row{"PLATFORM", "OS.VERSION", "LAYERS", "SIZE", "DIGEST"})
	for _, r := range rows {
		if short {
			r.digest = r.digest[:min(len("sha256:")+12, len(r.digest))] + "…"
		}
		print(r)
	}
	w.Flush()
	return b.Bytes()
}

func widest(table []byte) int {
	widest := 0
	for line := range bytes.SplitSeq(table, []byte("\n")) {
		widest = max(widest, len(bytes.Runes(line)))
	}
	return widest
}

// width is how many columns the terminal has, and 0 where stdout is none.
func (p *program) width() int {
	f, ok := p.stdout.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
