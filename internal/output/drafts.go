package output

import (
	"fmt"
	"strings"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A DraftFile is a draft and where it is kept.
type DraftFile struct {
	Path string
	Spec spec.Spec
}

// PrintDrafts prints a line for each draft.
func (p *Printer) PrintDrafts(drafts []DraftFile) error {
	t := newTable("", 2)
	t.row("DRAFT", "PLATFORMS", "FILE")
	for _, d := range drafts {
		platforms := make([]string, len(d.Spec.Entries))
		for i, e := range d.Spec.Entries {
			platforms[i] = DraftPlatform(e)
		}
		t.row(d.Spec.Names()[0].String(), strings.Join(platforms, ", "), d.Path)
	}
	return p.WriteResult(t.bytes())
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
	t := newTable("   ", 2)
	t.row("PLATFORM", "IMAGE")
	for _, e := range s.Entries {
		t.row(DraftPlatform(e), e.Source.String())
	}
	return p.WriteResult(fmt.Appendf(nil, "Draft: %s\n%s", Printable(s.Names()[0].String()), t.bytes()))
}
