package output

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry/plan"
)

type outdatedOutput struct {
	Schema   string                  `json:"schema"` // manifest-tool.outdated/v1
	Outdated bool                    `json:"outdated"`
	Subjects []outdatedSubjectOutput `json:"subjects"`
}

type outdatedSubjectOutput struct {
	Name     string         `json:"name"`
	Digest   string         `json:"digest,omitempty"`
	Outdated bool           `json:"outdated"`
	Sources  []sourceOutput `json:"sources"`
	// Unrecorded counts the entries whose source is not known.
	Unrecorded int `json:"unrecorded,omitempty"`
}

type sourceOutput struct {
	Source    string            `json:"source"`
	Platforms []string          `json:"platforms,omitempty"`
	Status    plan.SourceStatus `json:"status"`
	Was       string            `json:"was,omitempty"`
	Now       string            `json:"now,omitempty"`
}

// PrintOutdated prints the sources of each subject, and returns a [Finding] if a source is outdated.
func (p *Printer) PrintOutdated(checks []plan.SubjectCheck, asJSON bool) error {
	out := outdatedOutput{Schema: "manifest-tool.outdated/v1", Subjects: []outdatedSubjectOutput{}}
	for _, c := range checks {
		subject := outdatedSubjectOutputOf(c)
		out.Outdated = out.Outdated || subject.Outdated
		out.Subjects = append(out.Subjects, subject)
	}
	err := p.writeOutdated(out, asJSON)
	if err == nil && out.Outdated {
		return Finding("sources are outdated")
	}
	return err
}

func (p *Printer) writeOutdated(out outdatedOutput, asJSON bool) error {
	if asJSON {
		return p.WriteJSON(out)
	}
	var b bytes.Buffer
	for i, s := range out.Subjects {
		if i > 0 {
			b.WriteByte('\n')
		}
		outdatedText(&b, s)
	}
	return p.WriteResult(b.Bytes())
}

func outdatedSubjectOutputOf(c plan.SubjectCheck) outdatedSubjectOutput {
	out := outdatedSubjectOutput{Name: c.Name, Digest: hashText(c.Digest), Outdated: c.Outdated() > 0, Unrecorded: c.Without, Sources: []sourceOutput{}}
	for _, s := range c.Sources {
		out.Sources = append(out.Sources, sourceOutput{s.Source.String(), platformNames(s.Platforms), s.Status, hashText(s.Was), hashText(s.Now)})
	}
	return out
}

// outdatedText writes a line about a subject, and its sources as a table.
func outdatedText(b *bytes.Buffer, s outdatedSubjectOutput) {
	n := 0
	t := newTable("   ", 2)
	t.row("STATUS", "PLATFORM", "WAS", "NOW", "SOURCE")
	for _, source := range s.Sources {
		check := plan.SourceCheck{Status: source.Status}
		if check.IsOutdated() {
			n++
		}
		t.row(string(source.Status), orDash(strings.Join(source.Platforms, ", ")), orDash(shorten(source.Was)), orDash(shorten(source.Now)), source.Source)
	}
	result := "up to date"
	if n > 0 {
		result = fmt.Sprintf("outdated, %d of %s changed", n, Count(len(s.Sources), "source"))
	}
	if s.Unrecorded > 0 {
		result += fmt.Sprintf("; %s without a recorded source", entries(s.Unrecorded))
	}
	fmt.Fprintf(b, "%s: %s\n", Printable(s.Name), result)
	b.Write(t.bytes())
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
