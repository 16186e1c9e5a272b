package output

import (
	"bytes"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A LintReport is what spec lint found.
type LintReport struct {
	Files    []string // that were read
	Specs    int
	Findings []spec.Finding
}

// PrintLint prints the findings of spec lint: text, json, junit, sarif or github.
func (p *Printer) PrintLint(r LintReport, format string) error {
	switch format {
	case "json":
		return p.WriteJSON(r.json())
	case "junit":
		return p.WriteResult(r.junit())
	case "sarif":
		return p.WriteJSON(r.sarif())
	case "github":
		return p.WriteResult(r.github())
	}
	return p.WriteResult(r.text())
}

// count counts the findings with a severity.
func (r LintReport) count(s spec.Severity) (n int) {
	for _, f := range r.Findings {
		if spec.SeverityOf(f.Rule) == s {
			n++
		}
	}
	return n
}

func (r LintReport) summary() string {
	var parts []string
	for _, s := range []spec.Severity{spec.LintError, spec.LintWarning, spec.LintNote} {
		if n := r.count(s); n > 0 {
			parts = append(parts, Count(n, string(s)))
		}
	}
	if parts == nil {
		return "no errors"
	}
	return strings.Join(parts, ", ")
}

// A LintError says how many findings of spec lint count as errors.
type LintError struct {
	summary string
	online  bool // the specs alone are sound
}

func (e LintError) Error() string { return "spec lint: " + e.summary }

// An OnlineLintError sums up findings about plans that fail. It has the class and the hint of their error.
type OnlineLintError struct {
	LintError
	Err error
}

// Unwrap returns the error.
func (e OnlineLintError) Unwrap() error { return e.Err }

// FailsOffline reports whether a finding counts that the specs have by themselves.
func (r LintReport) FailsOffline(strict bool) bool {
	return slices.ContainsFunc(r.Findings, func(f spec.Finding) bool {
		severity := spec.SeverityOf(f.Rule)
		counts := severity == spec.LintError || strict && severity == spec.LintWarning
		return counts && f.Rule != spec.RulePushFails && f.Rule != spec.RulePushWarns
	})
}

// SumUp returns an error if there are findings that count: errors, and with strict also warnings. Otherwise it prints a
// summary on stderr.
func (p *Printer) SumUp(r LintReport, strict bool) error {
	if r.count(spec.LintError) > 0 || strict && r.count(spec.LintWarning) > 0 {
		return r.failure(!r.FailsOffline(strict))
	}
	p.infof("checked %s in %s: %s", Count(r.Specs, "spec"), Count(len(r.Files), "file"), r.summary())
	return nil
}

func (r LintReport) failure(online bool) LintError {
	return LintError{r.summary() + " in " + Count(len(r.Files), "file"), online}
}

// SumUpOnline returns the error of plans that findings describe: it counts the findings, and does not repeat them.
func (r LintReport) SumUpOnline(err error) error { return OnlineLintError{r.failure(true), err} }

// oneLine is a text from outside for a line of its own.
func oneLine(text string) string {
	return Printable(redactSecrets(strings.ReplaceAll(strings.TrimSpace(text), "\n", "; ")))
}

// text has a line for each finding in the form of compilers, which editors and problem matchers read.
func (r LintReport) text() []byte {
	var b bytes.Buffer
	for _, f := range r.Findings {
		place := f
		place.Text = fmt.Sprintf("%s: %s", spec.SeverityOf(f.Rule), f.Text)
		fmt.Fprintf(&b, "%s [%s]\n", oneLine(place.String()), f.Rule)
	}
	return b.Bytes()
}

// github has workflow commands, which GitHub shows beside the lines of a pull request.
func (r LintReport) github() []byte {
	var b bytes.Buffer
	words := map[spec.Severity]string{spec.LintError: "error", spec.LintWarning: "warning", spec.LintNote: "notice"}
	for _, f := range r.Findings {
		place := []string{"file=" + commandProperty(Printable(filepath.ToSlash(f.File))) + ","}
		if f.Line > 0 {
			place = append(place, fmt.Sprintf("line=%d,", f.Line))
		}
		if f.Column > 0 {
			place = append(place, fmt.Sprintf("col=%d,", f.Column))
		}
		annotate(&b, words[spec.SeverityOf(f.Rule)], f.Rule, oneLine(f.Text), place...)
	}
	return b.Bytes()
}

// junit has a suite for each file.
func (r LintReport) junit() []byte {
	var suites []junitSuite
	inFile := map[string][]spec.Finding{}
	for _, f := range r.Findings {
		inFile[f.File] = append(inFile[f.File], f)
	}
	for _, file := range r.Files {
		s := junitSuite{name: xmlText(file)}
		for _, f := range inFile[file] {
			switch text := xmlText(oneLine(f.String())); {
			case spec.SeverityOf(f.Rule) == spec.LintError:
				s.failures++
				s.add(f.Rule, fmt.Sprintf(`<failure type="%s" message="%s">%s</failure>`, f.Rule, xmlText(oneLine(f.Text)), text))
			default:
				s.add(f.Rule, fmt.Sprintf("<system-out>%s: %s</system-out>", spec.SeverityOf(f.Rule), text))
			}
		}
		if s.cases == nil {
			s.add("lint", "")
		}
		suites = append(suites, s)
	}
	return junitOf("manifest-tool spec lint", suites)
}

func (r LintReport) sarif() sarifLog {
	run := newSarifRun()
	for _, rule := range spec.LintRules {
		run.Tool.Driver.add(rule.ID, rule.Summary, rule.Do, string(rule.Severity))
	}
	for _, f := range r.Findings {
		at := spec.LintRuleAt(f.Rule)
		where := sarifPhysical{Artifact: sarifArtifact{(&url.URL{Path: filepath.ToSlash(f.File)}).String()}}
		if f.Line > 0 {
			where.Region = &sarifRegion{f.Line, f.Column}
		}
		run.Results = append(run.Results, sarifResult{
			RuleID: f.Rule, RuleIndex: at, Level: string(spec.LintRules[at].Severity), Message: sarifText{oneLine(f.Text)},
			Locations:    []sarifLocation{{Physical: where}},
			Fingerprints: map[string]string{"finding/v1": f.Rule + " " + f.File + " " + oneLine(f.Text)},
		})
	}
	return run.log()
}

type lintOutput struct {
	Schema   string              `json:"schema"` // manifest-tool.lint/v1
	Errors   int                 `json:"errors"`
	Warnings int                 `json:"warnings"`
	Specs    int                 `json:"specs"`
	Files    []string            `json:"files"`
	Findings []lintFindingOutput `json:"findings"`
}

type lintFindingOutput struct {
	Severity spec.Severity `json:"severity"`
	Rule     string        `json:"rule"`
	File     string        `json:"file"`
	Line     int           `json:"line,omitempty"`
	Column   int           `json:"column,omitempty"`
	What     string        `json:"what"`
	Do       string        `json:"do"`
}

func (r LintReport) json() lintOutput {
	out := lintOutput{
		Schema: "manifest-tool.lint/v1", Errors: r.count(spec.LintError), Warnings: r.count(spec.LintWarning),
		Specs: r.Specs, Files: append([]string{}, r.Files...), Findings: []lintFindingOutput{},
	}
	for _, f := range r.Findings {
		rule := spec.LintRules[spec.LintRuleAt(f.Rule)]
		out.Findings = append(out.Findings, lintFindingOutput{rule.Severity, f.Rule, f.File, f.Line, f.Column, redactSecrets(f.Text), rule.Do})
	}
	return out
}
