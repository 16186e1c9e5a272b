package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
)

// buildMetadata are the keys that name an image in what buildx writes with --metadata-file
// (https://docs.docker.com/reference/cli/docker/buildx/build/#metadata-file).
type buildMetadata struct {
	Digest     string `json:"containerimage.digest"`
	Descriptor struct {
		Digest string `json:"digest"`
	} `json:"containerimage.descriptor"`
	Names string `json:"image.name"` // what it was pushed as, separated by commas
}

func (m buildMetadata) digest() string {
	if m.Digest == "" {
		return m.Descriptor.Digest
	}
	return m.Digest
}

// metadata reads a file of buildx or bake: bake nests an object for each of its targets. Several documents may
// follow one another, as cat makes them.
func (r *digestReader) metadata(name string, raw []byte) {
	documents := json.NewDecoder(bytes.NewReader(raw))
	for !r.full() {
		var document json.RawMessage
		err := documents.Decode(&document)
		if errors.Is(err, io.EOF) {
			return
		}
		var image buildMetadata
		var targets map[string]json.RawMessage
		if err == nil {
			err = errors.Join(json.Unmarshal(document, &image), json.Unmarshal(document, &targets))
		}
		switch {
		case err != nil:
			r.problem(name, "%q: not a metadata file of a build: %v", firstLine(raw), err)
			return
		case image.digest() != "":
			r.image(name, image)
		default:
			r.targets(name, document, targets)
		}
	}
}

func (r *digestReader) targets(name string, document json.RawMessage, targets map[string]json.RawMessage) {
	var without []string
	before := len(r.found) + len(r.problems)
	for _, target := range sortedKeys(targets) {
		var image buildMetadata
		err := json.Unmarshal(targets[target], &image)
		switch {
		case strings.HasPrefix(target, "buildx."): // of the whole run
		case err != nil || image.digest() == "":
			without = append(without, target)
		default:
			r.image(name, image)
		}
	}
	if len(r.found)+len(r.problems) == before {
		r.problem(name, "%q: no containerimage.digest at the top level or one level below: check that the build pushed an image", firstLine(document))
		return
	}
	for _, target := range without {
		r.doubt(name, "the target %q has no containerimage.digest: skipped", excerpt.Of(target))
	}
}

func (r *digestReader) image(name string, m buildMetadata) {
	digest, err := parseDigest(m.digest())
	if err != nil {
		r.problem(name, "containerimage.digest: %v", err)
		return
	}
	image := pushed{digest: digest}
	for word := range strings.SplitSeq(m.Names, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		ref, err := ParseReference(word)
		if err != nil {
			r.problem(name, "image.name: %v", err)
			return
		}
		if !slices.Contains(image.places, ref.Place) {
			image.places = append(image.places, ref.Place)
		}
		if len(image.places) > maxTargets {
			r.problem(name, "image.name: more than %d repositories, which is the limit", maxTargets)
			return
		}
	}
	r.found = append(r.found, image)
}
