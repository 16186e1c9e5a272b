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
		fmt.Fprintf(w, "%s\t%s\t%s\n", Printable(d.Spec.Names()[0].String()), strings.Join(draftPlatforms(d.Spec), ", "), Printable(d.Path))
	}
	w.Flush()
	return p.WriteResult(b.Bytes())
}

// draftPlatforms names the platform of each entry.
func draftPlatforms(s spec.Spec) []string {
	var platforms []string
	for _, e := range s.Entries {
		name := PlatformName(e.Platform)
		if e.Platform.OS == "" && e.Platform.Architecture == "" {
			name = "(all it holds)" // an index, of which no platform picks one image
		}
		platforms = append(platforms, name)
	}
	return platforms
}

// PrintDraft prints what a draft holds.
func (p *Printer) PrintDraft(s spec.Spec) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Draft: %s\n", Printable(s.Names()[0].String()))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "   PLATFORM\tIMAGE\n")
	platforms := draftPlatforms(s)
	for i, e := range s.Entries {
		fmt.Fprintf(w, "   %s\t%s\n", platforms[i], Printable(e.Source.String()))
	}
	w.Flush()
	return p.WriteResult(b.Bytes())
}
