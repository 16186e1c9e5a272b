package spec

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
)

// maxPairLine is the longest line of a file of copies.
const maxPairLine = 64 << 10

// A Stream reads specs that come one after the other, such as the lines of a pipe. It reads no further than to the end of
// the spec that it returns.
type Stream struct {
	file   string
	opts   Options
	next   func() (raw []byte, line int, err error)
	more   func() bool
	decode func(document, Options) (Spec, []string, error)
	normal func([]byte) []byte
}

// A Streamed is a spec of a [Stream], or what is wrong with it.
type Streamed struct {
	Spec  Spec
	Line  int
	Raw   []byte
	Notes []string
	Err   error
}

// NewStream returns a stream of JSON objects. What follows an object with a fault begins in a new line.
func NewStream(file string, in *bufio.Reader, opts Options) *Stream {
	values := &valueReader{in: in, line: 1}
	return &Stream{file: file, opts: opts, next: values.next, more: values.more, decode: decode, normal: func(raw []byte) []byte { return raw }}
}

// NewPairStream returns a stream of copies: see [LoadPairs].
func NewPairStream(file string, in io.Reader, opts Options) *Stream {
	lines := &pairReader{in: bufio.NewReaderSize(in, maxPairLine)}
	return &Stream{file: file, opts: opts, next: lines.next, decode: decodePair, normal: normalPair}
}

// Next returns the next spec, which may have a fault. The error is [io.EOF] at the end, or a failure to read.
func (s *Stream) Next() (Streamed, error) {
	raw, line, err := s.next()
	var tooLong *Error
	switch {
	case errors.As(err, &tooLong):
		tooLong.File = s.file
		return Streamed{Line: line, Err: tooLong}, nil
	case errors.Is(err, io.EOF):
		return Streamed{}, io.EOF
	case err != nil:
		return Streamed{}, &ReadError{File: s.file, Err: err}
	}
	next := Streamed{Line: line, Raw: s.normal(raw)}
	next.Spec, next.Notes, next.Err = s.decode(document{file: s.file, above: line - 1, raw: raw}, s.opts)
	next.Err = inLine(next.Err, line)
	return next, nil
}

// HasMore reports whether another spec follows in a stream of JSON objects. It waits until that is known.
func (s *Stream) HasMore() bool { return s.more() }

// NameOf is the name that messages have for the spec in a line.
func (s *Stream) NameOf(line int) string { return fmt.Sprintf("%s:%d", s.file, line) }

// IsObject reports whether a text begins with a JSON object, without reading on.
func IsObject(in *bufio.Reader) bool {
	mark := []byte("\ufeff")
	for n := 1; ; n++ {
		peeked, err := in.Peek(n)
		text := bytes.TrimLeft(bytes.TrimPrefix(peeked, mark), " \t\r\n")
		if isOpen := len(text) == 0 || string(text) == "{" || bytes.HasPrefix(mark, peeked); isOpen && err == nil {
			continue
		}
		return bytes.HasPrefix(text, []byte("{")) && !bytes.HasPrefix(text, []byte("{{")) // {{ is a placeholder
	}
}

// A pairReader reads the lines of a stream of copies.
type pairReader struct {
	in   *bufio.Reader
	line int
}

func (r *pairReader) next() ([]byte, int, error) {
	for {
		raw, err := r.in.ReadSlice('\n')
		if len(raw) == 0 && err != nil {
			return nil, 0, err
		}
		r.line++
		if errors.Is(err, bufio.ErrBufferFull) {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = r.in.ReadSlice('\n')
			}
			return nil, r.line, lineError(r.line, "the line is longer than the limit of %d KiB", maxPairLine>>10)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, 0, err
		}
		if !isNoPair(raw) {
			return bytes.Clone(raw), r.line, nil
		}
	}
}

// inLine gives the faults of a spec that have no line that of the spec.
func inLine(err error, line int) error {
	var faults *Error
	if errors.As(err, &faults) {
		for i := range faults.Problems {
			faults.Problems[i].Line = cmp.Or(faults.Problems[i].Line, line)
		}
	}
	return err
}

func lineError(line int, format string, args ...any) error {
	return &Error{Problems: []Problem{{Line: line, Text: fmt.Sprintf(format, args...)}}}
}
