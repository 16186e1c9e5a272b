package spec

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

// expectedInput describes the supported inputs, for messages.
const expectedInput = "expected sha256:DIGEST or REPOSITORY@sha256:DIGEST in each line, or the JSON that buildx writes with --metadata-file"

var digestNameGrammar = lazyregexp.New(`^(?:sha256[:-])?([0-9a-f]{64})$`)

// digestNamed gives the digest that the name of a file is: 64 hex digits, with or without the algorithm.
func digestNamed(name string) (v1.Hash, bool) {
	parts := digestNameGrammar().FindStringSubmatch(name)
	if parts == nil {
		return v1.Hash{}, false
	}
	return v1.Hash{Algorithm: "sha256", Hex: parts[1]}, true
}

// file reads a file. Where its name is a digest, it may be empty, or say in which repository that is.
func (r *digestReader) file(name string, raw []byte) {
	before := len(r.found)
	tooLarge := len(raw) > MaxInput
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff")))
	digest, named := digestNamed(path.Base(filepath.ToSlash(name)))
	switch {
	case named:
		r.named(name, digest, string(raw[:min(len(raw), maxWord)]))
	case tooLarge:
		r.problem(name, "larger than the limit of %d MiB", MaxInput>>20)
	case len(raw) == 0:
		r.problem(name, "the file is empty, and its name is not a digest: %s", expectedInput)
	case raw[0] == '{':
		r.metadata(name, raw)
	default:
		r.lines(name, raw)
	}
	for i := range r.found[before:] {
		r.found[before+i].file = name
	}
}

// named reads a file whose name is a digest. What else it says is not looked at, unless it is digests: there
// may be no other.
func (r *digestReader) named(name string, digest v1.Hash, content string) {
	image := pushed{digest: digest}
	for line := range strings.Lines(content) {
		said, err := parsePushed(strings.TrimSpace(line))
		switch {
		case err != nil:
		case said.digest != digest:
			r.problem(name, "the name of the file and its content differ: the content is %s", said.digest)
			return
		default:
			image.places = append(image.places, said.places...)
		}
	}
	r.found = append(r.found, image)
}

// lines reads a digest, or an image with its digest, from each line. For a file of another kind, it reports one
// line.
func (r *digestReader) lines(name string, raw []byte) {
	before := len(r.found)
	number := 0
	for line := range strings.Lines(string(raw)) {
		number++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		image, err := parsePushed(line)
		if err != nil {
			r.problem(name, "line %d: %v", number, err)
			return
		}
		if r.found = append(r.found, image); r.full() {
			return
		}
	}
	if len(r.found) == before {
		r.problem(name, "no digest in this file: %s", expectedInput)
	}
}

func parsePushed(word string) (pushed, error) {
	if digest, ok := digestNamed(word); ok {
		return pushed{digest: digest}, nil
	}
	ref, err := ParseReference(word)
	switch {
	case err != nil && strings.Contains(word, "@sha256:") && len(word) < maxWord:
		return pushed{}, err // the user meant an image with a digest
	case err != nil || ref.Digest == v1.Hash{}:
		return pushed{}, fmt.Errorf("%q: %s", excerpt.Of(word), expectedInput)
	}
	return pushed{digest: ref.Digest, places: []Place{ref.Place}}, nil
}

// firstLine identifies a file for the reader of a message.
func firstLine(raw []byte) string {
	line, _, _ := strings.Cut(string(bytes.TrimSpace(raw[:min(len(raw), maxWord)])), "\n")
	return excerpt.Of(line)
}
