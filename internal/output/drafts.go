package output

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A DraftFile is a draft and where it is kept.
type DraftFile struct {
	Path string
	Spec spec.Spec
}

// PrintDrafts prints a line for each draft.
func (p *Printer) PrintDrafts(drafts []DraftFile) error {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "DRAFT\tPLATFORMS\tFILE\n")
	for _, d := range drafts {
		platforms := make([]string, len(d.Spec.Entries))
		for i, e := range d.Spec.Entries {
			platforms[i] = DraftPlatform(e)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", Printable(d.Spec.Names()[0].String()), strings.Join(platforms, ", "), Printable(d.Path))
	}
	w.Flush()
	return p.WriteResult(b.Bytes())
}

// DraftPlatform returns the platform of an entry, with the version and the features of the os, because two entries
// may differ only there.
func DraftPlatform(e spec.Entry) string {
	if e.NoPlatform {
		return "none"
	}
	p := e.Platform
	name := PlatformName(p)
	if p.OS == "" && p.Architecture == "" {
		name = "(all platforms)" // an index, of which no platform picks one image
	}
	if p.OSVersion != "" {
		name += ":" + p.OSVersion
	}
	if len(p.OSFeatures) > 0 {
		name += " (" + strings.Join(p.OSFeatures, ", ") + ")"
	}
	for _, key := range e.Empty {
		name += " (no " + key + ")"
	}
	return Printable(name)
}

// PrintDraft prints what a draft holds.
func (p *Printer) PrintDraft(s spec.Spec) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Draft: %s\n", Printable(s.Names()[0].String()))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "   PLATFORM\tIMAGE\n")
	for _, e := range s.Entries {
		fmt.Fprintf(w, "   %s\t%s\n", DraftPlatform(e), Printable(e.Source.String()))
	}
	w.Flush()
	return p.WriteResult(b.Bytes())
}
