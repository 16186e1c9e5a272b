// Package intoto reads what in-toto statements say about an image: how many packages an SBOM lists, and who built the
// image from which source. It reads the forms that BuildKit, cosign and sigstore write. It verifies no signature.
//
// A statement is read as a stream: an SBOM of many packages takes no more memory than a small one.
package intoto

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// A Statement is the summary of an in-toto statement. What it does not say is empty.
type Statement struct {
	PredicateType string
	// Packages is how many packages an SPDX document lists, or components a CycloneDX document. HasPackages reports
	// whether there is such a list.
	Packages    int
	HasPackages bool
	// Builder, BuildType, Source, Revision and Materials are of SLSA provenance. Materials counts the inputs.
	Builder, BuildType string
	Source, Revision   string
	Materials          int
}

// MaxSize is how many bytes of a statement are worth reading.
const MaxSize = 16 << 20

// maxDepth limits how deep the values of a statement may be nested.
const maxDepth = 100

// ErrNoStatement is the result for JSON that is no statement.
var ErrNoStatement = errors.New("not an in-toto statement")

// IsStatement reports whether a layer of a media type may hold a statement, alone or in an envelope.
func IsStatement(mediaType string) bool {
	switch mediaType {
	case "application/vnd.in-toto+json", "application/vnd.dsse.envelope.v1+json":
		return true
	}
	return strings.HasPrefix(mediaType, "application/vnd.dev.sigstore.bundle")
}

// Parse reads a statement, or the statement in an envelope or a bundle.
func Parse(r io.Reader) (Statement, error) {
	w := walker{decoder: json.NewDecoder(io.LimitReader(r, MaxSize+1))}
	if err := w.document(); err != nil {
		return Statement{}, err
	}
	if w.payload != "" && w.s.PredicateType == "" {
		inner := walker{decoder: json.NewDecoder(base64.NewDecoder(base64.StdEncoding, strings.NewReader(w.payload)))}
		if err := inner.document(); err != nil {
			return Statement{}, err
		}
		w.s = inner.s
	}
	if w.s.PredicateType == "" {
		return Statement{}, ErrNoStatement
	}
	return w.s, nil
}

// A walker visits the values of a document in their order, and keeps what a summary needs.
type walker struct {
	decoder *json.Decoder
	s       Statement
	payload string // of an envelope
}

func (w *walker) document() error {
	if err := w.value("", 0); err != nil {
		return ErrNoStatement
	}
	return nil
}

// value reads a value. The path names the keys that lead to it.
func (w *walker) value(path string, depth int) error {
	token, err := w.decoder.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case json.Delim:
		if depth == maxDepth {
			return errors.New("too deep")
		}
		n := 0
		for ; w.decoder.More(); n++ {
			key := "[]"
			if token == '{' {
				if key, err = w.key(); err != nil {
					return err
				}
			}
			if err := w.value(join(path, key), depth+1); err != nil {
				return err
			}
		}
		if token == '[' {
			w.list(path, n)
		}
		_, err = w.decoder.Token()
		return err
	case string:
		w.text(path, token)
	}
	return nil
}

func (w *walker) key() (string, error) {
	token, err := w.decoder.Token()
	key, ok := token.(string)
	if err == nil && !ok {
		err = errors.New("no key")
	}
	return key, err
}

// maxPath is longer than each path of interest. A longer path is cut, so that long keys cost nothing.
const maxPath = 200

func join(path, key string) string {
	if len(path)+len(key) > maxPath {
		return "-"
	}
	return path + "/" + key
}

// maxText is how many bytes of a text are kept.
const maxText = 1000

func (w *walker) text(path, text string) {
	if path == "/payload" || path == "/dsseEnvelope/payload" {
		w.payload = text
		return
	}
	if field := w.field(path); field != nil && *field == "" {
		if len(text) > maxText {
			text = strings.ToValidUTF8(text[:maxText], "") + "…"
		}
		*field = text
	}
}

// field is where the text of a path is kept. The first text of a field counts.
func (w *walker) field(path string) *string {
	if path == "/predicateType" {
		return &w.s.PredicateType
	}
	path, ok := strings.CutPrefix(path, "/predicate")
	if !ok {
		return nil
	}
	switch path {
	case "/builder/id", "/runDetails/builder/id":
		return &w.s.Builder
	case "/buildType", "/buildDefinition/buildType":
		return &w.s.BuildType
	case buildkit + "/vcs/source", "/runDetails/metadata/buildkit_metadata/vcs/source",
		"/invocation/configSource/uri", "/buildDefinition/externalParameters/workflow/repository", "/buildDefinition/externalParameters/configSource/uri":
		return &w.s.Source
	case buildkit + "/vcs/revision", "/runDetails/metadata/buildkit_metadata/vcs/revision", "/invocation/configSource/digest/sha1":
		return &w.s.Revision
	}
	return nil
}

// buildkit is the key of BuildKit's own metadata in a provenance of SLSA v0.2 (BuildKit, docs/attestations/slsa-provenance.md).
const buildkit = "/metadata/https://mobyproject.org/buildkit@v1#metadata"

// list keeps the length of a list of interest.
func (w *walker) list(path string, n int) {
	switch path {
	case "/predicate/packages", "/predicate/components", "/predicate/Data/packages", "/predicate/Data/components":
		w.s.Packages, w.s.HasPackages = n, true
	case "/predicate/materials", "/predicate/buildDefinition/resolvedDependencies":
		w.s.Materials = n
	}
}
