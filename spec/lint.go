package spec

import (
	"cmp"
	"errors"
	"io"
	"slices"
)

// A Severity is how bad a finding of [Lint] is.
type Severity string

// The severities. With an error a push is refused. A warning is most likely a slip. A note is a matter of policy.
const (
	LintError   Severity = "error"
	LintWarning Severity = "warning"
	LintNote    Severity = "note"
)

// A LintRule is a kind of finding. ID is stable: users filter by it.
type LintRule struct {
	ID       string
	Severity Severity
	Summary  string // what the rule finds
	Do       string // what to do about it
}

// The names of the rules that the code refers to.
const (
	RuleInvalid    = "invalid"
	RuleUnreadable = "unreadable"
	RulePushFails  = "push-fails"
	RulePushWarns  = "push-warns"

	RuleSamePlatform = "same-platform"

	rulePushedTwice  = "pushed-twice"
	ruleCircle       = "circle"
	ruleUnknownKey   = "unknown-key"
	ruleUntagged     = "untagged-target"
	ruleNameMismatch = "name-mismatch"
	ruleSameImage    = "same-image"
	ruleNoPlatform   = "platform-missing"
	ruleAlias        = "platform-alias"
	ruleByTag        = "source-by-tag"
)

// LintRules are all rules, in the order of the documentation.
var LintRules = []LintRule{
	{RuleInvalid, LintError, "The file is not a valid spec.", "correct the spec: a push refuses it"},
	{RuleUnreadable, LintError, "The file cannot be read.", "check the name and the permissions of the file"},
	{rulePushedTwice, LintError, "Two of the specs push one tag.", "push the tag from one spec only"},
	{ruleCircle, LintError, "Specs use the images of one another as sources.", "break the circle: name the images of the builds as sources"},
	{ruleUnknownKey, LintWarning, "A key has no meaning in a spec.", "correct or remove the key; keys that begin with x- are ignored"},
	{ruleUntagged, LintWarning, "A target has no tag: a push moves the tag latest.", "add a tag to the target"},
	{ruleNameMismatch, LintWarning, "The name of an image has the word for another architecture than its platform.", "correct the name of the image or its platform"},
	{ruleSameImage, LintWarning, "One image is listed for several platforms.", "check the names of the images; only an index has images for several platforms"},
	{RuleSamePlatform, LintWarning, "Two images are listed for one platform.", "correct the platform of one image, or push with --allow-same-platform"},
	{ruleNoPlatform, LintWarning, "An image has no platform, and other images of the spec have one.", "add the platform, or write platform: none"},
	{ruleAlias, LintWarning, "A platform has other words than the index gets.", "write the words of the index: other tools do not know the alias"},
	{ruleByTag, LintNote, "A source is named by its tag, which can move.", "add the digest to the name: NAME:TAG@DIGEST"},
	{RulePushFails, LintError, "A push of the spec would fail (--online).", "correct the spec, or push the missing images first"},
	{RulePushWarns, LintWarning, "A push of the spec would print a warning (--online).", "correct the spec or the images"},
}

// LintRuleAt returns the place of a rule in [LintRules].
func LintRuleAt(id string) int {
	return slices.IndexFunc(LintRules, func(r LintRule) bool { return r.ID == id })
}

// SeverityOf returns the severity of a rule.
func SeverityOf(rule string) Severity { return LintRules[LintRuleAt(rule)].Severity }

// A Finding is what [Lint] finds at one place of a file. Line and column count from 1, and are 0 where unknown.
type Finding struct {
	Rule         string
	File         string
	Line, Column int
	Text         string
}

// FindingAt makes a finding of a problem.
func FindingAt(rule, file string, p Problem) Finding {
	return Finding{rule, file, p.Line, p.Column, p.Text}
}

// String gives the finding with its place: file:line:column: text.
func (f Finding) String() string {
	return Problem{Line: f.Line, Column: f.Column, Text: f.Text}.at(f.File)
}

// A Linted is a spec without errors, with the place of the name of its target.
type Linted struct {
	Loaded
	File         string
	Line, Column int
}

// Lint reads all specs of a file as [LoadAll] does. It returns those without errors, and everything that is doubtful or
// wrong, in the order of the file.
func Lint(file string, in io.Reader, opts Options) (specs []Linted, findings []Finding) {
	opts.lint, opts.Strict = true, false
	loaded, readings, err := loadAll(file, in, nil, opts)
	if err != nil {
		return nil, Findings(file, err)
	}
	for _, r := range readings {
		if r.problems == nil {
			specs = append(specs, Linted{loaded[len(specs)], file, r.target.Line, r.target.Column})
		}
		for _, p := range r.problems {
			findings = append(findings, FindingAt(RuleInvalid, file, p))
		}
		for _, p := range r.notes {
			findings = append(findings, FindingAt(p.Rule, file, p))
		}
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return specs, slices.Compact(findings)
}

// Findings are the findings of a file that is no spec, or that cannot be read.
func Findings(file string, err error) (findings []Finding) {
	var faults *Error
	if !errors.As(err, &faults) {
		return []Finding{{Rule: RuleUnreadable, File: file, Text: err.Error()}}
	}
	for _, p := range faults.Problems {
		findings = append(findings, FindingAt(RuleInvalid, file, p))
	}
	return findings
}

// LintOrder finds what is wrong with specs that are pushed together: see [Order].
func LintOrder(specs []Linted) (findings []Finding) {
	loaded := make([]Loaded, len(specs))
	for i, s := range specs {
		loaded[i] = s.Loaded
	}
	_, err := Order(loaded)
	joined, _ := err.(interface{ Unwrap() []error })
	if joined == nil {
		return nil
	}
	for _, err := range joined.Unwrap() {
		var order *OrderError
		if errors.As(err, &order) {
			last := specs[order.Specs[len(order.Specs)-1]]
			findings = append(findings, Finding{order.Rule, last.File, last.Line, last.Column, order.Error()})
		}
	}
	return findings
}

// maxFindings limits the findings of lint in one spec that are no errors.
const maxFindings = 10 * MaxEntries

// lint adds a finding of a rule, if lint asks for findings.
func (d *decoder) lint(rule string, p Problem) {
	if d.opts.lint {
		d.keep(rule, p)
	}
}

// noteTarget adds a note about the tags of the target. The place is for lint only.
func (d *decoder) noteTarget(text string) {
	p := Problem{Text: text}
	if d.opts.lint {
		p.Line, p.Column = d.target.Line, d.target.Column
	}
	d.keep(ruleUntagged, p)
}
