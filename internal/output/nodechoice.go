package output

import (
	"bytes"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/containerd"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// PrintNodeChoice prints what containerd takes on a node, and the reason for each entry of the index.
func (p *Printer) PrintNodeChoice(name string, c plan.NodeChoice) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Name:   %s (Type: %s)\n", Printable(name), Printable(string(c.Manifest.MediaType)))
	fmt.Fprintf(&b, "Digest: %s\n", c.Manifest.Digest)
	fmt.Fprintf(&b, "Node:   %s\n", platformWithVersion(c.Node))
	if c.IsFound() {
		fmt.Fprintf(&b, "Chosen: %s %s\n", platformWithVersion(c.Platform), c.Chosen.Digest)
	} else {
		b.WriteString("Chosen: none\n")
	}
	for i, step := range c.Indexes {
		if i > 0 {
			fmt.Fprintf(&b, " * In the index %s:\n", step.Digest)
		} else {
			b.WriteString(" * By the rules of containerd:\n")
		}
		table := choiceTable(step, false)
		if width := p.width(); width > 0 && widest(table) > width {
			table = choiceTable(step, true)
		}
		b.Write(table)
	}
	if c.Indexes == nil {
		b.WriteString(" * A single image: containerd takes it on every node, and does not compare its platform\n")
	}
	return p.WriteResult(b.Bytes())
}

func choiceTable(step plan.ChoiceInIndex, short bool) []byte {
	t := newTable("   ", 2)
	t.row("PLATFORM", "RESULT", "DIGEST", "REASON")
	for i, e := range step.Entries {
		digest := e.Descriptor.Digest.String()
		if short {
			digest = shorten(digest)
		}
		t.row(choicePlatform(e.Descriptor.Platform), string(step.Verdicts[i].Result), digest, step.Verdicts[i].Reason)
	}
	return t.bytes()
}

// WarnOfNode warns of an image that containerd takes although the node does not run it.
func (p *Printer) WarnOfNode(c plan.NodeChoice) {
	if c.Doubt != "" {
		p.Warnf("%s: containerd takes the image, but the node does not run it: %s", c.Reference, c.Doubt)
	}
}

// NoneFor returns an error if a node takes no image. Its first words are those of containerd.
func NoneFor(c plan.NodeChoice) error {
	if c.IsFound() {
		return nil
	}
	return registry.WrapOp("inspect", c.Reference, registry.Errorf(registry.ErrNotFound,
		"no match for platform in manifest: containerd on %s takes no image of the index", platformWithVersion(c.Node)))
}

// choicePlatform is the platform of an entry as its index has it: containerd reads no more.
func choicePlatform(p *v1.Platform) string {
	if p == nil {
		return "none"
	}
	return platformWithVersion(*p)
}

// platformWithVersion is a platform with its os.version and os.features, in the form of containerd.
func platformWithVersion(p v1.Platform) string {
	options := p.OSVersion
	for _, feature := range p.OSFeatures {
		options += "+" + feature
	}
	if options != "" {
		p.OS += "(" + options + ")"
	}
	p.Features = nil
	return PlatformName(p)
}

// nodeOutput is what containerd takes on a node, in the JSON of inspect.
type nodeOutput struct {
	Platform v1.Platform         `json:"platform"`
	Chosen   string              `json:"chosen,omitempty"`
	Doubt    string              `json:"doubt,omitempty"`
	Indexes  []nodeOutputOfIndex `json:"indexes,omitempty"`
}

type nodeOutputOfIndex struct {
	Digest  v1.Hash             `json:"digest"`
	Entries []nodeOutputOfEntry `json:"entries"`
}

type nodeOutputOfEntry struct {
	Digest   v1.Hash           `json:"digest"`
	Platform *v1.Platform      `json:"platform,omitempty"`
	Result   containerd.Result `json:"result"`
	Reason   string            `json:"reason"`
}

// PrintNodeChoiceJSON prints the same as JSON.
func (p *Printer) PrintNodeChoiceJSON(c plan.NodeChoice) error {
	out := inspectionOutput(plan.Inspection{Reference: c.Reference, Manifest: c.Manifest})
	node := &nodeOutput{Platform: c.Node, Chosen: hashText(c.Chosen.Digest), Doubt: c.Doubt}
	for _, step := range c.Indexes {
		of := nodeOutputOfIndex{Digest: step.Digest, Entries: []nodeOutputOfEntry{}}
		for i, e := range step.Entries {
			v := step.Verdicts[i]
			of.Entries = append(of.Entries, nodeOutputOfEntry{e.Descriptor.Digest, e.Descriptor.Platform, v.Result, v.Reason})
		}
		node.Indexes = append(node.Indexes, of)
	}
	out.Node = node
	return p.WriteJSON(out)
}
