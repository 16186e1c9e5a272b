package output

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry/verify"
)

// The results of a verification for CI systems: JUnit, which most of them read, and annotations of GitHub Actions.

// A junitSuite is an image, and each of its cases a finding, or the statement that the image is whole.
type junitSuite struct {
	name             string
	failures, errors int
	cases            []string // the elements
}

func junit(results []verify.Result) []byte {
	var suites []junitSuite
	for _, r := range results {
		suites = append(suites, junitSuiteOf(r))
	}
	return junitOf("manifest-tool verify", suites)
}

// junitOf is written without encoding/xml, which would add 0.1 MB to the program.
func junitOf(command string, suites []junitSuite) []byte {
	tests, failures, errors := 0, 0, 0
	for _, s := range suites {
		tests, failures, errors = tests+len(s.cases), failures+s.failures, errors+s.errors
	}
	b := bytes.NewBufferString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	fmt.Fprintf(b, "<testsuites name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"%d\">\n", command, tests, failures, errors)
	for _, s := range suites {
		fmt.Fprintf(b, "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"%d\">\n", s.name, len(s.cases), s.failures, s.errors)
		for _, c := range s.cases {
			fmt.Fprintf(b, "    %s\n", c)
		}
		b.WriteString("  </testsuite>\n")
	}
	b.WriteString("</testsuites>\n")
	return b.Bytes()
}

func junitSuiteOf(r verify.Result) junitSuite {
	s := junitSuite{name: xmlText(imageName(r))}
	switch {
	case r.Err != nil:
		s.errors++
		s.add("verify", fmt.Sprintf(`<error type="error" message="%s"></error>`, xmlText(errorText(r.Err))))
	case len(r.Findings) == 0:
		s.add("whole", "<system-out>"+xmlText(summaryOf(r))+"</system-out>")
	}
	for _, f := range r.Findings {
		name, text := f.ID+" "+f.Where.String(), xmlText(findingText(f))
		if f.Severity == verify.Error {
			s.failures++
			s.add(name, fmt.Sprintf(`<failure type="%s" message="%s">%s</failure>`, f.ID, xmlText(redactSecrets(f.What)), text))
		} else { // a warning is no failure
			s.add(name, "<system-out>warning: "+text+"</system-out>")
		}
	}
	return s
}

// add adds a case with its result, which is an element.
func (s *junitSuite) add(name, result string) {
	s.cases = append(s.cases, fmt.Sprintf(`<testcase classname="%s" name="%s">%s</testcase>`, s.name, xmlText(name), result))
}

// xmlText is text for an element or an attribute. [Printable] leaves no control character in it.
func xmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(Printable(s))
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

// annotate writes a workflow command. The place is further properties, each with a comma behind it.
func annotate(b *bytes.Buffer, command, title, text string, place ...string) {
	fmt.Fprintf(b, "::%s %stitle=%s::%s\n", command, strings.Join(place, ""), commandProperty(title), commandData(text))
}

// commandData escapes the text of a workflow command, and commandProperty the value of a property, as the runner reads
// them (actions/toolkit, packages/core/src/command.ts).
func commandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func commandProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(commandData(s))
}
