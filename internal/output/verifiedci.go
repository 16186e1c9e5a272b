package output

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry/verify"
)

// The results of a verification for CI systems: JUnit, which most of them read, and annotations of GitHub Actions.

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

// A junitSuite is an image.
type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

// A junitCase is a finding, or the statement that an image is whole. A warning is no failure.
type junitCase struct {
	ClassName string       `xml:"classname,attr"`
	Name      string       `xml:"name,attr"`
	Failure   *junitReason `xml:"failure,omitempty"`
	Error     *junitReason `xml:"error,omitempty"`
	Output    string       `xml:"system-out,omitempty"`
}

type junitReason struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func junit(results []verify.Result) []byte {
	all := junitSuites{Name: "manifest-tool verify"}
	for _, r := range results {
		suite := junitSuiteOf(r)
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
		all.Suites = append(all.Suites, suite)
	}
	raw, err := xml.MarshalIndent(all, "", "  ")
	if err != nil { // texts and numbers always encode
		panic(err)
	}
	return append(append([]byte(xml.Header), raw...), '\n')
}

func junitSuiteOf(r verify.Result) junitSuite {
	name := Printable(imageName(r))
	suite := junitSuite{Name: name}
	switch {
	case r.Err != nil:
		suite.Errors++
		suite.Cases = append(suite.Cases, junitCase{ClassName: name, Name: "verify", Error: &junitReason{"error", Printable(errorText(r.Err)), ""}})
	case len(r.Findings) == 0:
		suite.Cases = append(suite.Cases, junitCase{ClassName: name, Name: "whole", Output: summaryOf(r)})
	}
	for _, f := range r.Findings {
		c := junitCase{ClassName: name, Name: f.ID + " " + Printable(f.Where.String())}
		text := findingText(f)
		if f.Severity == verify.Error {
			suite.Failures++
			c.Failure = &junitReason{f.ID, Printable(redactSecrets(f.What)), text}
		} else {
			c.Output = "warning: " + text
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Tests = len(suite.Cases)
	return suite
}

// findingText is a finding with its next step, on one line.
func findingText(f verify.Finding) string {
	return Printable(fmt.Sprintf("%s: %s (fix: %s)", f.Where, redactSecrets(f.What), f.Do))
}

// annotations are workflow commands of GitHub Actions, which shows them beside the run
// (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands), and a line for each image.
func annotations(results []verify.Result) []byte {
	var b bytes.Buffer
	for _, r := range results {
		if r.Err != nil {
			annotate(&b, "error", "not verified", Printable(errorText(r.Err)))
		}
		for _, f := range r.Findings {
			annotate(&b, string(f.Severity), f.ID, findingText(f))
		}
		fmt.Fprintf(&b, "%s\n", verdict(r))
	}
	return b.Bytes()
}

// annotate writes a workflow command.
func annotate(b *bytes.Buffer, command, title, text string) {
	fmt.Fprintf(b, "::%s title=%s::%s\n", command, commandProperty(title), commandData(text))
}

// commandData escapes the text of a workflow command, and commandProperty the value of a property, as the runner reads
// them (actions/toolkit, packages/core/src/command.ts).
func commandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func commandProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(commandData(s))
}
