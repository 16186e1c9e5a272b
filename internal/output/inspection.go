package output

import (
	"bytes"
	"fmt"
	"text/tabwriter"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// PrintInspection prints an image or an index for people: lines as versions 1 and 2 print them, and a table.
func (p *Printer) PrintInspection(name string, found registry.Inspection) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Name:   %s (Type: %s)\n", Printable(name), Printable(string(found.Manifest.MediaType)))
	fmt.Fprintf(&b, "Digest: %s\n", found.Manifest.Digest)
	if found.Image != nil {
		printImage(&b, *found.Image)
		return p.WriteResult(b.Bytes())
	}
	attestations := 0
	for _, e := range found.Entries {
		if e.AttestationOf != "" {
			attestations++
		}
	}
	images := len(found.Entries) - attestations
	fmt.Fprintf(&b, " * Contains %d manifest references (%s, %s):\n", len(found.Entries), Count(images, "image"), Count(attestations, "attestation"))
	rows := inspectionRows(found.Entries)
	table := tableOf(rows, false)
	if width := p.width(); width > 0 && widest(table) > width {
		table = tableOf(rows, true)
	}
	b.Write(table)
	return p.WriteResult(b.Bytes())
}

func printImage(b *bytes.Buffer, image registry.ImageDetails) {
	fmt.Fprintf(b, "Platform: %s\n", PlatformName(image.Platform))
	fmt.Fprintf(b, "Size:   %s\n", HumanSize(image.Size()))
	fmt.Fprintf(b, " * Contains %s:\n", Count(len(image.Layers), "layer"))
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, layer := range image.Layers {
		fmt.Fprintf(table, "   %s\t%s\n", layer.Digest, HumanSize(layer.Size))
	}
	table.Flush()
}

// WarnOfFlaws warns of entries that are not in the repository, or not what the index says.
func (p *Printer) WarnOfFlaws(found registry.Inspection) {
	for _, e := range found.Entries {
		switch {
		case e.Missing:
			p.Warnf("%s is listed, but is not in the repository", e.Descriptor.Digest)
		case e.Flaw != nil:
			p.Warnf("%s: %v", e.Descriptor.Digest, e.Flaw)
		}
	}
}

// A row is an entry of an index in the table.
type row struct{ name, version, layers, size, digest string }

func inspectionRows(entries []registry.Inspected) []row {
	platforms := map[string]v1.Platform{}
	for _, e := range entries {
		platforms[e.Descriptor.Digest.String()] = e.Platform
	}
	rows := make([]row, len(entries))
	for i, e := range entries {
		r := row{name: PlatformName(e.Platform), version: Printable(e.Platform.OSVersion), layers: "-", size: "-", digest: e.Descriptor.Digest.String()}
		switch {
		case e.AttestationOf != "":
			r.name = entryName(platforms[e.AttestationOf], e.AttestationOf)
		case e.Descriptor.MediaType.IsIndex():
			r.name = "an index of its own"
		case e.Image == nil && !e.Missing && e.Flaw == nil:
			r.name = Printable(string(e.Descriptor.MediaType))
		}
		switch {
		case e.Missing:
			r.name += " (gone)"
		case e.Flaw != nil:
			r.name += " (broken)"
		}
		if e.Image != nil {
			r.layers, r.size = fmt.Sprint(len(e.Image.Layers)), HumanSize(e.Image.Size())
		}
		rows[i] = r
	}
	return rows
}

// tableOf aligns rows. Without versions, there is no column for them.
func tableOf(rows []row, short bool) []byte {
	versions := false
	for _, r := range rows {
		versions = versions || r.version != ""
	}
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	printRow := func(r row) {
		fmt.Fprintf(w, "   %s\t", r.name)
		if versions {
			fmt.Fprintf(w, "%s\t", r.version)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.layers, r.size, r.digest)
	}
	printRow(row{"PLATFORM", "OS.VERSION", "LAYERS", "SIZE", "DIGEST"})
	for _, r := range rows {
		if short {
			r.digest = r.digest[:min(len("sha256:")+12, len(r.digest))] + "…"
		}
		printRow(r)
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
