package spec

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
)

// A Loaded is a spec of a file that may have many specs. It is small, because a run may have many thousand: the bytes of
// the spec stay in the file, and the whole spec is decoded when its turn comes.
type Loaded struct {
	Outline Outline

	file              *specFileText
	start, size, line int32 // of the spec in the file, the line from 1
	sum               uint64
}

// A specFileText is a file that specs come from.
type specFileText struct {
	name    string
	several bool
	raw     []byte      // unless the file can be read again
	again   io.ReaderAt // nil if raw has the bytes
	opts    Options
	decode  func(document, Options) (Spec, []string, error)
	normal  func([]byte) []byte // what counts of the bytes of a spec; nil for all
}

var sumSeed = maphash.MakeSeed()

// loaded is a spec at a place of the file.
func (f *specFileText) loaded(outline Outline, start, above int, raw []byte) Loaded {
	return Loaded{Outline: outline, file: f, start: int32(start), size: int32(len(raw)), line: int32(above + 1), sum: maphash.Bytes(sumSeed, raw)}
}

// Name is the name that messages have for the spec: its file, with the line if the file has several specs.
func (l Loaded) Name() string {
	if l.file.several {
		return fmt.Sprintf("%s:%d", l.file.name, l.line)
	}
	return l.file.name
}

// Raw returns the bytes of the spec.
func (l Loaded) Raw() ([]byte, error) {
	raw, err := l.bytes()
	if err == nil && l.file.normal != nil {
		raw = l.file.normal(raw)
	}
	return raw, err
}

func (l Loaded) bytes() ([]byte, error) {
	if l.file.again == nil {
		return l.file.raw[l.start : l.start+l.size : l.start+l.size], nil
	}
	raw := make([]byte, l.size)
	_, err := l.file.again.ReadAt(raw, int64(l.start))
	if err == nil && maphash.Bytes(sumSeed, raw) != l.sum || errors.Is(err, io.EOF) {
		err = errors.New("another program changed the file during this run")
	}
	if err != nil {
		return nil, &ReadError{File: l.Name(), Err: err}
	}
	return raw, nil
}

// Whole returns the whole spec. It decodes the spec again.
func (l Loaded) Whole() (Spec, error) {
	raw, err := l.bytes()
	if err != nil {
		return Spec{}, err
	}
	s, _, err := l.file.decode(document{file: l.file.name, above: int(l.line) - 1, raw: raw}, l.file.opts)
	return s, err
}
