package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxSpecs is the largest file of several specs.
const maxSpecs = 64 << 20

// LoadAll reads all specs in a file: the documents of a YAML stream, or JSON values one after the other, as in JSON
// Lines. The errors of all specs are joined. If again is set, the specs do not keep their bytes, but read them from there.
func LoadAll(file string, in io.Reader, again io.ReaderAt, opts Options) (specs []Loaded, notes []string, err error) {
	specs, readings, err := loadAll(file, in, again, opts)
	if err != nil {
		return nil, nil, err
	}
	var errs []error
	for _, r := range readings {
		notes, errs = append(notes, r.texts()...), append(errs, r.err())
	}
	return specs, notes, errors.Join(errs...)
}

// loadAll reads all specs in a file, and returns those without problems.
func loadAll(file string, in io.Reader, again io.ReaderAt, opts Options) (specs []Loaded, readings []reading, err error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxSpecs+1))
	switch {
	case err != nil:
		return nil, nil, &ReadError{File: file, Err: err}
	case len(raw) > maxSpecs:
		return nil, nil, &Error{File: file, Problems: []Problem{{Text: fmt.Sprintf("the specs are larger than the limit of %d MiB", maxSpecs>>20)}}}
	}
	text, outlines := &specFileText{name: file, raw: raw, again: again, opts: opts, decode: decode}, newOutliner()
	if again != nil {
		text.raw = nil
	}
	mark := len(raw) - len(bytes.TrimPrefix(raw, []byte("\ufeff"))) // not part of a spec, which may become a part of another file
	raw = raw[mark:]
	if s, r := read(document{file: file, raw: raw}, opts); r.problems == nil { // also with documents that are null
		return []Loaded{text.loaded(outlines.outline(s), mark, 0, raw)}, []reading{r}, nil
	}
	documents := documentsIn(file, raw)
	text.several = len(documents) > 1
	for _, doc := range documents {
		s, r := read(doc, opts)
		if text.several {
			r.setLine(doc.above + 1)
		}
		if readings = append(readings, r); r.problems == nil {
			specs = append(specs, text.loaded(outlines.outline(s), mark+doc.at, doc.above, doc.raw))
		}
	}
	return specs, readings, nil
}

// documentsIn divides a file. A file with one document or none is one document, so that its faults are found as such.
func documentsIn(file string, raw []byte) []document {
	divide := yamlDocuments
	if text := bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff"))); bytes.HasPrefix(text, []byte("{")) && !bytes.HasPrefix(text, []byte("{{")) {
		divide = jsonDocuments
	}
	documents := divide(raw)
	if len(documents) < 2 {
		return []document{{file: file, raw: raw}}
	}
	for i := range documents {
		documents[i].file = file
	}
	return documents
}

// yamlDocuments divides a stream at the lines that begin with ---, which no document may contain (YAML 1.2, 9.1.2).
func yamlDocuments(raw []byte) (documents []document) {
	line, above, start := 0, 0, 0
	end := func(at int) {
		if hasContent(raw[start:at]) {
			documents = append(documents, document{at: start, above: above, raw: raw[start:at]})
		}
	}
	for at := 0; at < len(raw); line++ {
		next := at + bytes.IndexByte(raw[at:], '\n') + 1
		if next == at {
			next = len(raw)
		}
		if isDocumentStart(raw[at:next]) {
			end(at)
			start, above = at, line
		}
		at = next
	}
	end(len(raw))
	return documents
}

func isDocumentStart(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("---"))
	return ok && (len(rest) == 0 || bytes.ContainsRune([]byte(" \t\r\n"), rune(rest[0])))
}

// hasContent reports whether a document has more than its markers, directives and comments.
func hasContent(raw []byte) bool {
	for line := range bytes.Lines(raw) {
		if isDocumentStart(line) {
			line = line[len("---"):]
		}
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && line[0] != '%' && string(line) != "..." {
			return true
		}
	}
	return false
}

// jsonDocuments divides JSON values. What is no JSON is part of the last document, whose decoder says what is wrong.
func jsonDocuments(raw []byte) (documents []document) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	above, counted := 0, 0 // the lines before that place
	for start := 0; ; {
		for start < len(raw) && bytes.IndexByte([]byte(" \t\r\n"), raw[start]) >= 0 {
			start++
		}
		if start == len(raw) {
			return documents
		}
		var value json.RawMessage
		end := len(raw)
		if decoder.Decode(&value) == nil {
			end = int(decoder.InputOffset())
		}
		above, counted = above+bytes.Count(raw[counted:start], []byte("\n")), start
		documents = append(documents, document{at: start, above: above, raw: raw[start:end]})
		start = end
	}
}
