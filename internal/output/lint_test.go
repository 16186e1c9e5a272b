package output

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/manifest-tool/manifest-tool/internal/schematest"
	"github.com/manifest-tool/manifest-tool/spec"
)

// lintSample has a finding of each severity, with hostile text, in two files.
func lintSample() LintReport {
	return LintReport{Files: []string{"a,b:%.yaml", "spécs/c.yaml"}, Specs: 1, Findings: []spec.Finding{
		{Rule: spec.RuleInvalid, File: "a,b:%.yaml", Line: 3, Column: 5, Text: hostileText},
		{Rule: "unknown-key", File: "a,b:%.yaml", Line: 4, Text: hostileText},
		{Rule: "source-by-tag", File: "a,b:%.yaml", Text: hostileText},
	}}
}

// linted is what is printed in a format. No control character and no secret gets through.
func linted(t *testing.T, format string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if err := New(&out, &errs).PrintLint(lintSample(), format); err != nil {
		t.Fatal(err)
	}
	for _, r := range out.String() {
		if !unicode.IsPrint(r) && r != '\n' {
			t.Errorf("%s: the output has %q", format, r)
		}
	}
	if text := out.String(); strings.Contains(text, "pw@") || strings.Contains(text, "token=abc") || errs.Len() > 0 {
		t.Errorf("%s shows a secret or a message: %s\n%s", format, text, errs.String())
	}
	return out.String()
}

func TestLintText(t *testing.T) {
	lines := strings.Split(linted(t, "text"), "\n")
	want := []string{"a,b:%.yaml:3:5: error: 100% ", "a,b:%.yaml:4: warning: 100% ", "a,b:%.yaml: note: 100% ", ""}
	if len(lines) != len(want) {
		t.Fatalf("%q", lines)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("%q, want %q", line, want[i])
		}
	}
	if !strings.HasSuffix(lines[0], " [invalid]") || !strings.Contains(lines[0], "; ::error::x") {
		t.Error(lines[0])
	}
}

func TestLintGitHub(t *testing.T) {
	lines := strings.Split(linted(t, "github"), "\n")
	want := []string{
		"::error file=a%2Cb%3A%25.yaml,line=3,col=5,title=invalid::100%25 ",
		"::warning file=a%2Cb%3A%25.yaml,line=4,title=unknown-key::100%25 ",
		"::notice file=a%2Cb%3A%25.yaml,title=source-by-tag::100%25 ", "",
	}
	if len(lines) != len(want) {
		t.Fatalf("%q", lines)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("%q, want %q", line, want[i])
		}
	}
}

func TestLintJUnit(t *testing.T) {
	raw := linted(t, "junit")
	var read struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Failure *struct{} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(raw), &read); err != nil {
		t.Fatal(err)
	}
	if read.Tests != 4 || read.Failures != 1 || len(read.Suites) != 2 || len(read.Suites[0].Cases) != 3 || len(read.Suites[1].Cases) != 1 || read.Suites[1].Name != "spécs/c.yaml" {
		t.Errorf("%+v\n%s", read, raw)
	}
}

func TestLintSARIF(t *testing.T) {
	var log sarifLog
	if err := json.Unmarshal([]byte(linted(t, "sarif")), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Results) != 3 || len(run.Tool.Driver.Rules) != len(spec.LintRules) {
		t.Fatalf("%+v", run)
	}
	for i, r := range run.Results {
		if rule := run.Tool.Driver.Rules[r.RuleIndex]; rule.ID != r.RuleID || rule.DefaultConfiguration.Level != r.Level || r.Message.Text == "" {
			t.Errorf("%+v", r)
		}
		if where := r.Locations[0].Physical; (where.Region != nil) != (i < 2) || where.Artifact.URI != "a,b:%25.yaml" && where.Artifact.URI != "./a,b:%25.yaml" {
			t.Errorf("%+v", where)
		}
	}
	if first := run.Results[0].Locations[0].Physical.Region; first.StartLine != 3 || first.StartColumn != 5 {
		t.Errorf("%+v", first)
	}
}

func TestLintJSON(t *testing.T) {
	raw := linted(t, "json")
	if name, err := schematest.Load(t, os.DirFS(schemas)).CheckOutput([]byte(raw)); name != "lint-v1" || err != nil {
		t.Errorf("%s: %v\n%s", name, err, raw)
	}
	var out bytes.Buffer
	if err := New(&out, &out).PrintLint(LintReport{}, "json"); err != nil || strings.Contains(out.String(), "null") {
		t.Errorf("%v: a list is null: %s", err, out.String())
	}
}

// Every rule has what the outputs print.
func TestLintRules(t *testing.T) {
	for _, rule := range spec.LintRules {
		if rule.Summary == "" || rule.Do == "" || !strings.HasSuffix(rule.Summary, ".") || strings.HasSuffix(rule.Do, ".") {
			t.Errorf("%+v", rule)
		}
	}
}

func TestLintSumUp(t *testing.T) {
	only := func(rule string) LintReport {
		return LintReport{Files: []string{"a"}, Findings: []spec.Finding{{Rule: rule, File: "a", Text: "x"}}}
	}
	for _, test := range []struct {
		rule   string
		strict bool
		code   int
	}{
		{spec.RuleInvalid, false, ExitUsage}, {"unknown-key", false, ExitDone}, {"unknown-key", true, ExitUsage}, {"source-by-tag", true, ExitDone},
		{spec.RulePushFails, false, ExitUnverified}, {spec.RulePushWarns, false, ExitDone}, {spec.RulePushWarns, true, ExitUnverified},
	} {
		var out bytes.Buffer
		err := New(&out, &out).SumUp(only(test.rule), test.strict)
		code := ExitDone
		if err != nil {
			code = Explain(t.Context(), "manifest-tool spec lint", err).Code
		}
		if code != test.code || (err == nil) == (out.Len() == 0) {
			t.Errorf("%s, strict %t: code %d, want %d; %s", test.rule, test.strict, code, test.code, out.String())
		}
	}
}
