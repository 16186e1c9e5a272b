package output

import (
	"strings"

	"github.com/manifest-tool/manifest-tool/registry/diff"
	"github.com/manifest-tool/manifest-tool/spec"
)

// SayWritten names the file that specs were written to.
func (p *Printer) SayWritten(path string, specs int) {
	p.infof("%s has %s: manifest-tool push from-spec %[1]s pushes it", path, Count(specs, "spec"))
}

// WarnOfLost warns that a push of a spec does not make an image as it is, and says what differs.
func (p *Printer) WarnOfLost(image spec.Reference, d diff.Difference) {
	var lost, added []string
	for _, c := range d.Changes {
		lost = append(lost, strings.TrimSpace(c.Field+" "+c.Name)+" of the index")
	}
	for _, e := range d.Entries {
		var fields []string
		for _, c := range e.Changes {
			fields = append(fields, strings.TrimSpace(c.Field+" "+c.Name))
		}
		for _, a := range e.Attached {
			fields = append(fields, string(a.Kind)+" "+shortDigest(a.Digest))
		}
		switch text := entryTitle(e); {
		case e.A == nil:
			added = append(added, text)
		case e.B == nil || len(fields) == 0:
			lost = append(lost, "the entry ("+text+")")
		default:
			lost = append(lost, strings.Join(fields, ", ")+" of "+text)
		}
	}
	if d.Reordered {
		lost = append(lost, "the order of the entries")
	}
	if lost == nil && added == nil {
		p.Warnf("a push of this spec makes an index with the same images as %s, but with another digest: the JSON of the image has white space, or another order of keys or attestations", image)
		return
	}
	var reasons []string
	if lost != nil {
		reasons = append(reasons, "does not keep: "+strings.Join(lost, "; "))
	}
	if added != nil {
		reasons = append(reasons, "adds entries: "+strings.Join(added, "; "))
	}
	p.Warnf("a push of this spec gives another digest than %s, because the spec %s", image, strings.Join(reasons, ", and "))
}
