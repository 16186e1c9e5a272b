package main

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A draftFile is a draft and where it is kept.
type draftFile struct {
	path string
	spec spec.Spec
}

// printDrafts prints a line for each draft.
func (p *printer) printDrafts(drafts []draftFile) error {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "DRAFT\tPLATFORMS\tFILE\n")
	for _, d := range drafts {
		fmt.Fprintf(w, "%s\t%s\t%s\n", printable(d.spec.Names()[0].String()), strings.Join(draftPlatforms(d.spec), ", "), printable(d.path))
	}
	w.Flush()
	return p.writeResult(b.Bytes())
}

// draftPlatforms names the platform of each entry.
func draftPlatforms(s spec.Spec) []string {
	var platforms []string
	for _, e := range s.Entries {
		name := platformName(e.Platform)
		if e.Platform.OS == "" && e.Platform.Architecture == "" {
			name = "(all it holds)" // an index, of which no platform picks one image
		}
		platforms = append(platforms, name)
	}
	return platforms
}

// printDraft prints what a draft holds.
func (p *printer) printDraft(s spec.Spec) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Draft: %s\n", printable(s.Names()[0].String()))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "   PLATFORM\tIMAGE\n")
	platforms := draftPlatforms(s)
	for i, e := range s.Entries {
		fmt.Fprintf(w, "   %s\t%s\n", platforms[i], printable(e.Source.String()))
	}
	w.Flush()
	return p.writeResult(b.Bytes())
}
