package spec

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// A valueReader divides a stream into JSON objects, without waiting for what follows an object. What is no JSON is an
// object as far as the end of its line: its decoder says what is wrong.
type valueReader struct {
	in   *bufio.Reader
	line int // of the next byte, from 1

	raw    []byte
	open   []byte // the brackets that are open
	quoted bool
}

// next returns the next object and its line.
func (r *valueReader) next() (raw []byte, line int, err error) {
	c, err := r.skipBlanks()
	if err != nil {
		return nil, 0, err
	}
	line = r.line
	r.raw, r.open, r.quoted = nil, r.open[:0], false
	for {
		r.raw = append(r.raw, c)
		if isEnd := r.take(c); isEnd {
			break
		}
		if len(r.raw) > maxFile {
			return nil, line, r.tooLong(line)
		}
		c, err = r.in.ReadByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
	}
	return bytes.TrimRight(r.raw, "\r\n"), line, nil
}

// more reports whether another object follows.
func (r *valueReader) more() bool {
	if _, err := r.skipBlanks(); err != nil {
		return false
	}
	r.in.UnreadByte()
	return true
}

// take reports whether a byte is the last one of the object.
func (r *valueReader) take(c byte) (isEnd bool) {
	switch {
	case c == '\n':
		r.line++
		return r.quoted || len(r.open) == 0 || r.isBroken()
	case r.quoted:
		r.quoted = c != '"' || r.isEscaped()
	case c == '"':
		r.quoted = true
	case c == '{' || c == '[':
		r.open = append(r.open, c)
	case c == '}' || c == ']':
		r.open = r.open[:max(len(r.open)-1, 0)]
		return len(r.open) == 0
	}
	return false
}

// isEscaped reports whether the last byte stands behind an odd number of backslashes.
func (r *valueReader) isEscaped() bool {
	before := r.raw[:len(r.raw)-1]
	return (len(before)-len(bytes.TrimRight(before, `\`)))%2 == 1
}

// isBroken reports whether the next line begins with an object where none can stand: the object is cut off.
func (r *valueReader) isBroken() bool {
	next, _ := r.in.Peek(1)
	text := bytes.TrimRight(r.raw, " \t\r\n")
	last, inList := text[len(text)-1], r.open[len(r.open)-1] == '['
	mayFollow := last == ':' || last == '[' || last == ',' && inList
	return len(next) == 1 && next[0] == '{' && !mayFollow
}

// tooLong reads on to the end of the line.
func (r *valueReader) tooLong(line int) error {
	for c := byte(0); c != '\n'; {
		var err error
		if c, err = r.in.ReadByte(); err != nil {
			break
		}
	}
	r.line++
	return lineError(line, "the spec is larger than the limit of %d KiB", maxFile>>10)
}

// skipBlanks returns the first byte of the next object. Lines that divide YAML documents are blank, too.
func (r *valueReader) skipBlanks() (byte, error) {
	for {
		if mark, _ := r.in.Peek(3); bytes.Equal(mark, []byte("---")) || bytes.Equal(mark, []byte("\ufeff")) {
			r.in.Discard(3)
		}
		c, err := r.in.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case '\n':
			r.line++
		case ' ', '\t', '\r':
		default:
			return c, nil
		}
	}
}
