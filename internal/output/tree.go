package output

import (
	"bytes"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// A branch is a line of a tree, with the lines below it.
type branch struct {
	text  string
	below []branch
}

// add adds a line below, and returns it.
func (b *branch) add(words ...string) *branch {
	b.below = append(b.below, branch{text: strings.Join(words, "  ")})
	return &b.below[len(b.below)-1]
}

// print prints the lines below a branch, each behind an indent.
func (b branch) print(out *bytes.Buffer, indent string) {
	for i, child := range b.below {
		turn, next := "├── ", "│   "
		if i == len(b.below)-1 {
			turn, next = "└── ", "    "
		}
		fmt.Fprintf(out, "%s%s%s\n", indent, turn, Printable(child.text))
		child.print(out, indent+next)
	}
}

// PrintTree prints an image or an index with all that is below it, and its referrers.
func (p *Printer) PrintTree(name string, found plan.Inspection) error {
	root := branch{}
	addInspection(&root, found)
	addReferrers(&root, found)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s  %s  %s\n", Printable(name), found.Manifest.Digest, HumanSize(int64(len(found.Manifest.Bytes))))
	root.print(&b, "")
	return p.WriteResult(b.Bytes())
}

func addInspection(to *branch, found plan.Inspection) {
	if found.Image != nil {
		addBlobs(to, found.Image, nil)
	}
	listed := map[v1.Hash]bool{}
	for _, e := range found.Entries {
		listed[e.Descriptor.Digest] = !e.IsAttached()
	}
	for _, e := range found.Entries {
		if e.IsAttached() && listed[e.Subject] {
			continue // below its image
		}
		addEntry(to, e, found.Entries)
	}
}

// addEntry adds an entry of an index, its blobs, and what is attached to it.
func addEntry(to *branch, e plan.InspectedEntry, all []plan.InspectedEntry) {
	name := kindName(e.Entry, e.Platform, artifactType(e))
	if e.IsAttached() {
		name = string(e.Kind)
	}
	if e.Platform.OSVersion != "" && e.Kind == index.Image {
		name += " " + e.Platform.OSVersion
	}
	words := []string{name, e.Descriptor.Digest.String()}
	switch {
	case e.Missing:
		words = append(words, "missing")
	case e.Flaw != nil:
		words = append(words, "broken")
	case e.Image != nil:
		words = append(words, HumanSize(e.Image.Size()))
	default:
		words = append(words, HumanSize(e.Descriptor.Size))
	}
	line := to.add(words...)
	if e.Image != nil {
		addBlobs(line, e.Image, e.Statements)
	}
	if e.Nested != nil {
		addInspection(line, *e.Nested)
	}
	for _, attached := range all {
		if attached.IsAttached() && attached.Subject == e.Descriptor.Digest && !e.IsAttached() {
			addEntry(line, attached, nil)
		}
	}
}

// addBlobs adds the config and the layers of an image. A layer with a predicate of in-toto is named by it, and what its
// statement says is below it.
func addBlobs(to *branch, image *plan.ImageDetails, statements []plan.Statement) {
	if image.Config.Digest != (v1.Hash{}) {
		to.add("config", image.Config.Digest.String(), HumanSize(image.Config.Size))
	}
	for _, layer := range image.Layers {
		words := []string{"layer", layer.Digest.String(), HumanSize(layer.Size)}
		if predicate := layer.Annotations[plan.PredicateType]; predicate != "" {
			words[0] = predicate
		}
		line := to.add(words...)
		for _, s := range statements {
			if text := statementText(s); text != "" && s.Layer == layer.Digest {
				line.add("unverified: " + text)
			}
		}
	}
}
