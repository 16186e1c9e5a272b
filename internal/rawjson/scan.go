// Package rawjson reads the structure of JSON documents from outside without copying their bytes: the bounds
// of a document before it is decoded, and the members of an object or an array as parts of the document.
package rawjson

import (
	"bytes"
	"encoding/json"
	"iter"
)

// Members are the keys and values of an object, in its order, as they are written. The document has to be
// valid JSON. A value that is not an object has no members.
func Members(object []byte) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		s := scanner{raw: object}
		if !s.open('{') {
			return
		}
		for s.more('}') {
			key := unquote(s.value())
			s.colon()
			if !yield(key, s.value()) {
				return
			}
		}
	}
}

// Elements are the elements of an array, as they are written. The document has to be valid JSON. A value
// that is not an array has no elements.
func Elements(array []byte) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		s := scanner{raw: array}
		if !s.open('[') {
			return
		}
		for s.more(']') {
			if !yield(s.value()) {
				return
			}
		}
	}
}

// Begins returns the first byte of a value: { for an object, [ for an array, " for a string.
func Begins(value []byte) byte {
	s := scanner{raw: value}
	s.blanks()
	return s.peek()
}

// A scanner walks through valid JSON.
type scanner struct {
	raw []byte
	at  int
}

// peek is the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.raw) {
		return s.raw[s.at]
	}
	return 0
}

func (s *scanner) blanks() {
	for s.at < len(s.raw) && bytes.IndexByte([]byte(" \t\r\n"), s.raw[s.at]) >= 0 {
		s.at++
	}
}

// open steps into an object or array.
func (s *scanner) open(bracket byte) bool {
	s.blanks()
	if s.peek() != bracket {
		return false
	}
	s.at++
	return true
}

// more steps to the next member, and reports whether there is one.
func (s *scanner) more(end byte) bool {
	s.blanks()
	if s.peek() == ',' {
		s.at++
		s.blanks()
	}
	return s.at < len(s.raw) && s.peek() != end
}

func (s *scanner) colon() {
	s.blanks()
	s.at = min(s.at+1, len(s.raw))
}

// value steps over one value, and returns its bytes. Nothing can be appended to them in place.
func (s *scanner) value() json.RawMessage {
	s.blanks()
	start := s.at
	for depth := 0; s.at < len(s.raw); {
		switch s.raw[s.at] {
		case '"':
			s.at = stringEnd(s.raw, s.at)
		case '{', '[':
			depth++
			s.at++
			continue
		case '}', ']':
			depth--
			s.at++
		default:
			if depth > 0 {
				s.at++
				continue
			}
			s.word()
		}
		if depth <= 0 {
			break
		}
	}
	return s.raw[start:s.at:s.at]
}

// word steps over a number, true, false or null.
func (s *scanner) word() {
	start := s.at
	for s.at < len(s.raw) && bytes.IndexByte([]byte(" \t\r\n,:{}[]\""), s.raw[s.at]) < 0 {
		s.at++
	}
	s.at = max(s.at, min(start+1, len(s.raw))) // a step forward, whatever the bytes are
}

// unquote is the text of a string.
func unquote(quoted []byte) string {
	if len(quoted) >= 2 && bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var text string
	json.Unmarshal(quoted, &text)
	return text
}
