package spec

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
)

// maxPairs is the largest number of lines in a file of copies.
const maxPairs = 1_000_000

// LoadPairs reads copies, one in a line: a source and its targets, with blanks between them. A line that is empty or
// begins with # says nothing. The errors of all lines are joined. If again is set, the specs do not keep their bytes, but
// read them from there.
func LoadPairs(file string, in io.Reader, again io.ReaderAt, opts Options) (specs []Loaded, notes []string, err error) {
	var faults []Problem
	lines, outlines := newLineScanner(in), newOutliner()
	text := &specFileText{name: file, several: true, again: again, opts: opts, decode: decodePair, normal: normalPair}
	n := 0
	for ; lines.Scan(); n++ {
		if n == maxPairs {
			return nil, nil, &Error{File: file, Problems: []Problem{{Text: fmt.Sprintf("more than %d lines, which is the limit", maxPairs)}}}
		}
		raw, start := lines.Bytes(), lines.start
		if isNoPair(raw) {
			continue
		}
		s, said, err := decodePair(document{above: n, raw: raw}, opts)
		if err != nil {
			faults = append(faults, err.(*Error).Problems...)
		}
		if again == nil {
			start, text.raw = len(text.raw), append(text.raw, raw...)
		}
		notes, specs = append(notes, said...), append(specs, text.loaded(outlines.outline(s), start, n, raw))
	}
	switch err := lines.Err(); {
	case err != nil:
		return nil, nil, &ReadError{File: file, Err: err}
	case lines.at > math.MaxInt32:
		return nil, nil, &Error{File: file, Problems: []Problem{{Text: "the file is larger than the limit of 2 GiB"}}}
	case faults != nil:
		return nil, notes, &Error{File: file, Problems: faults}
	case specs == nil:
		return nil, nil, &Error{File: file, Problems: []Problem{{Text: "the file names no copy: write a SOURCE and a TARGET in a line"}}}
	}
	return specs, notes, nil
}

// isNoPair reports whether a line is empty or a comment.
func isNoPair(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#'
}

// decodePair makes the spec of a line.
func decodePair(line document, opts Options) (Spec, []string, error) {
	words := strings.Fields(string(line.raw))
	if len(words) < 2 {
		fault := Problem{Line: line.above + 1, Text: fmt.Sprintf("expected SOURCE TARGET, found only %q", words[0])}
		return Spec{}, nil, &Error{File: line.file, Problems: []Problem{fault}}
	}
	s, notes, err := FromCopy(Copy{Source: words[0], Targets: words[1:]}, opts)
	if err != nil {
		err = &Error{File: line.file, Problems: []Problem{{Line: line.above + 1, Text: err.Error()}}}
	}
	return s, notes, err
}

// normalPair is a line with one blank between its words.
func normalPair(line []byte) []byte { return bytes.Join(bytes.Fields(line), []byte(" ")) }

// A lineScanner reads lines, and knows where they stand.
type lineScanner struct {
	*bufio.Scanner
	start, at int // of the line, and behind it
}

func newLineScanner(in io.Reader) *lineScanner {
	s := &lineScanner{Scanner: bufio.NewScanner(in)}
	s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		advance, line, err := bufio.ScanLines(data, atEOF)
		s.start, s.at = s.at, s.at+advance
		return advance, line, err
	})
	return s
}
