package output

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// PrintInspection prints an image or an index for people. The lines above the table of an index are those of
// manifest-tool v1 and v2.
func (p *Printer) PrintInspection(name string, found plan.Inspection) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Name:   %s (Type: %s)\n", Printable(name), Printable(string(found.Manifest.MediaType)))
	fmt.Fprintf(&b, "Digest: %s\n", found.Manifest.Digest)
	if found.Image != nil {
		printImage(&b, *found.Image)
		if found.Referrers != nil {
			printReferrers(&b, found)
		}
		return p.WriteResult(b.Bytes())
	}
	counts := map[index.Kind]int{}
	for _, e := range found.Entries {
		counts[e.Kind]++
	}
	fmt.Fprintf(&b, " * Contains %d manifest references (%s):\n", len(found.Entries), kindCounts(counts))
	rows := inspectionRows(found.Entries)
	table := tableOf(rows, false)
	if width := p.width(); width > 0 && widest(table) > width {
		table = tableOf(rows, true)
	}
	b.Write(table)
	if s := found.Shared(); s.Layers > 0 {
		fmt.Fprintf(&b, " * %s\n", sharedText(s))
	}
	printAttestations(&b, found)
	if found.Referrers != nil {
		printReferrers(&b, found)
	}
	return p.WriteResult(b.Bytes())
}

func printImage(b *bytes.Buffer, image plan.ImageDetails) {
	fmt.Fprintf(b, "Platform: %s\n", PlatformName(image.Platform))
	fmt.Fprintf(b, "Size:   %s\n", HumanSize(image.Size()))
	fmt.Fprintf(b, " * Contains %s:\n", Count(len(image.Layers), "layer"))
	t := newTable("   ", 2)
	for _, layer := range image.Layers {
		t.row(layer.Digest.String(), HumanSize(layer.Size))
	}
	b.Write(t.bytes())
	printConfigWords(b, image)
}

// sharedText says what images have in common.
func sharedText(s plan.Shared) string {
	layers := "layers (%s) are shared by %d images; all images need %s in total"
	if s.Layers == 1 {
		layers = "layer (%s) is shared by %d images; all images need %s in total"
	}
	return fmt.Sprintf("%d "+layers, s.Layers, HumanSize(s.Size), s.Images, HumanSize(s.Total))
}

// PrintTable prints the table alone, with whole digests. A single image is a table of one row.
func (p *Printer) PrintTable(found plan.Inspection) error {
	entries := found.Entries
	if found.Image != nil {
		e := index.NewEntry(found.Manifest.Descriptor())
		e.Platform = found.Image.Platform
		entries = []plan.InspectedEntry{{Entry: e, Image: found.Image}}
	}
	return p.WriteResult(tableOf(inspectionRows(entries), false))
}

// WarnOfFlaws warns of entries that are not in the repository, or not what the index says.
func (p *Printer) WarnOfFlaws(found plan.Inspection) {
	for _, e := range found.Entries {
		switch {
		case e.Missing:
			p.Warnf("the index lists %s, but the repository does not contain it", e.Descriptor.Digest)
		case e.Flaw != nil:
			p.Warnf("%s: %v", e.Descriptor.Digest, e.Flaw)
		}
	}
}

// An InspectError is an index that is not whole.
type InspectError struct{ name, text string }

func (e InspectError) Error() string { return "inspect " + e.name + ": " + e.text }

// FlawsOf returns an error if an entry of an index is not in the repository, or not what the index says.
func FlawsOf(found plan.Inspection) error {
	gone, broken := 0, 0
	for _, e := range found.Entries {
		switch {
		case e.Missing:
			gone++
		case e.Flaw != nil:
			broken++
		}
	}
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s %s", n, Count(len(found.Entries), "manifest"), what))
		}
	}
	add(gone, "missing")
	add(broken, "broken")
	if parts == nil {
		return nil
	}
	return InspectError{found.Reference.String(), strings.Join(parts, ", ")}
}

// A row is an entry of an index in the table.
type row struct{ name, version, layers, size, digest string }

func inspectionRows(entries []plan.InspectedEntry) []row {
	platforms := map[v1.Hash]v1.Platform{}
	for _, e := range entries {
		if e.Kind == index.Image {
			platforms[e.Descriptor.Digest] = e.Platform
		}
	}
	rows := make([]row, len(entries))
	for i, e := range entries {
		platform := e.Platform
		if e.IsAttached() {
			platform = platforms[e.Subject]
		}
		r := row{name: kindName(e.Entry, platform, artifactType(e)), version: Printable(e.Platform.OSVersion), layers: "-", size: "-", digest: e.Descriptor.Digest.String()}
		switch {
		case e.Missing:
			r.name += " (missing)"
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

// kindCounts says how many entries of each kind an index has. Images and attestations are always named.
func kindCounts(counts map[index.Kind]int) string {
	words := []string{Count(counts[index.Image], "image"), Count(counts[index.Attestation], "attestation")}
	for _, kind := range []index.Kind{index.Companion, index.Artifact} {
		if n := counts[kind]; n > 0 {
			words = append(words, Count(n, string(kind)))
		}
	}
	if n := counts[index.Nested]; n == 1 {
		words = append(words, "1 index")
	} else if n > 1 {
		words = append(words, fmt.Sprintf("%d indexes", n))
	}
	return strings.Join(words, ", ")
}

// artifactType is what kind of artifact an entry is: by its descriptor, its manifest, the config of the
// manifest, or its media type.
func artifactType(e plan.InspectedEntry) string {
	t := e.Descriptor.ArtifactType
	if t == "" && e.Image != nil {
		t = e.Image.ArtifactType
	}
	if t == "" && e.Image != nil && e.Image.Config.MediaType != types.OCIConfigJSON {
		t = string(e.Image.Config.MediaType)
	}
	return cmp.Or(t, string(e.Descriptor.MediaType))
}

// tableOf aligns rows. Without versions, there is no column for them.
func tableOf(rows []row, short bool) []byte {
	versions := false
	for _, r := range rows {
		versions = versions || r.version != ""
	}
	t := newTable("   ", 2)
	printRow := func(r row) {
		cells := []string{r.name}
		if versions {
			cells = append(cells, r.version)
		}
		t.row(append(cells, r.layers, r.size, r.digest)...)
	}
	printRow(row{"PLATFORM", "OS.VERSION", "LAYERS", "SIZE", "DIGEST"})
	for _, r := range rows {
		if short {
			r.digest = shorten(r.digest)
		}
		printRow(r)
	}
	return t.bytes()
}

func widest(table []byte) int {
	widest := 0
	for line := range bytes.SplitSeq(table, []byte("\n")) {
		widest = max(widest, len(bytes.Runes(line)))
	}
	return widest
}

// NameOthers names the further entries for the platform that was selected, and what distinguishes each of them.
func (p *Printer) NameOthers(found plan.Inspection) {
	if len(found.Others) == 0 {
		return
	}
	words := make([]string, len(found.Others))
	for i, e := range found.Others {
		words[i] = e.Descriptor.Digest.String()
		if marks := distinctions(e); len(marks) > 0 {
			words[i] += " (" + strings.Join(marks, ", ") + ")"
		}
	}
	platform := found.Others[0].Platform
	platform.OSFeatures, platform.Features = nil, nil
	p.infof("%s is the first of %d entries for %s; the others: %s", found.Manifest.Digest, len(words)+1,
		index.PlatformText(platform), strings.Join(words, ", "))
}

// maxMark is how many bytes of a field a line shows.
const maxMark = 100

// distinctions are the fields of an entry that can distinguish two entries for one platform.
func distinctions(e index.Entry) []string {
	var marks []string
	if e.Kind == index.Artifact || e.Descriptor.ArtifactType != "" {
		marks = append(marks, e.ArtifactType())
	}
	if len(e.Platform.OSFeatures) > 0 {
		marks = append(marks, "os.features "+strings.Join(e.Platform.OSFeatures, "+"))
	}
	for _, key := range slices.Sorted(maps.Keys(e.Descriptor.Annotations)) {
		marks = append(marks, key+"="+e.Descriptor.Annotations[key])
	}
	for i, mark := range marks {
		if len(mark) > maxMark {
			marks[i] = mark[:maxMark] + "…"
		}
	}
	return marks
}
