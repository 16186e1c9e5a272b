package spec

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// maxPairs is the largest number of lines in a file of copies.
const maxPairs = 1_000_000

// LoadPairs reads copies, one in a line: a source and its targets, with blanks between them. A line that is empty or
// begins with # says nothing. The errors of all lines are joined.
func LoadPairs(file string, in io.Reader, opts Options) (specs []Loaded, notes []string, err error) {
	var faults []Problem
	lines, outlines, shared := bufio.NewScanner(in), newOutliner(), &opts
	n := 0
	for ; lines.Scan(); n++ {
		if n == maxPairs {
			return nil, nil, &Error{File: file, Problems: []Problem{{Text: fmt.Sprintf("more than %d lines, which is the limit", maxPairs)}}}
		}
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) < 2 {
			faults = append(faults, Problem{Line: n + 1, Text: fmt.Sprintf("expected SOURCE TARGET, found only %q", words[0])})
			continue
		}
		s, said, err := FromCopy(Copy{Source: words[0], Targets: words[1:]}, opts)
		if err != nil {
			faults = append(faults, Problem{Line: n + 1, Text: err.Error()})
		}
		notes = append(notes, said...)
		raw := []byte(strings.Join(words, " "))
		specs = append(specs, outlines.outline(s, Loaded{Name: fmt.Sprintf("%s:%d", file, n+1), Raw: raw, whole: wholePair(raw, shared)}))
	}
	switch err := lines.Err(); {
	case err != nil:
		return nil, nil, &ReadError{File: file, Err: err}
	case faults != nil:
		return nil, notes, &Error{File: file, Problems: faults}
	case specs == nil:
		return nil, nil, &Error{File: file, Problems: []Problem{{Text: "the file names no copy: write a SOURCE and a TARGET in a line"}}}
	}
	return specs, notes, nil
}

// wholePair makes the spec of a line again.
func wholePair(line []byte, opts *Options) func() (Spec, error) {
	return func() (Spec, error) {
		words := strings.Fields(string(line))
		s, _, err := FromCopy(Copy{Source: words[0], Targets: words[1:]}, *opts)
		return s, err
	}
}
