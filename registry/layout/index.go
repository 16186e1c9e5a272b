package layout

import (
	"encoding/json"
	"errors"
	"io/fs"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	imagespec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
	"github.com/manifest-tool/manifest-tool/registry"
)

// An index is the index.json of a layout (image-layout.md, "index.json file").
type index struct {
	raw      []byte // as it was read
	document object
	entries  []entry
}

// An entry is a descriptor in index.json. An invalid entry has a flaw: it does not affect other entries, and a read
// of it fails.
type entry struct {
	raw       json.RawMessage
	mediaType types.MediaType
	digest    string // as written; only a valid digest becomes part of a path
	size      int64
	name      string // org.opencontainers.image.ref.name
	imageName string // io.containerd.image.name
	platform  *v1.Platform
	flaw      error
}

// emptyIndex is the index of a layout without index.json.
var emptyIndex = index{document: object{
	{"schemaVersion", json.RawMessage("2")},
	{"mediaType", registry.MustCompactJSON(types.OCIImageIndex)},
	{"manifests", json.RawMessage("[]")},
}}

// readIndex reads index.json. The error is fs.ErrNotExist if there is none.
func readIndex(files Files) (index, error) {
	if keeper, ok := files.(indexKeeper); ok {
		kept, info := keeper.KeptIndex()
		return kept.read(files, info)
	}
	raw, err := files.ReadFile(indexFile)
	if err != nil {
		return index{}, err
	}
	x, err := parseIndex(raw)
	return x, unreadable(files, err)
}

// unreadable is the error for an invalid index.json.
func unreadable(files Files, err error) error {
	if err == nil {
		return nil
	}
	return registry.Errorf(registry.ErrUnverified, "%s: %w", files.Path(indexFile), err)
}

// readIndexOrEmpty is readIndex, with an empty index if there is no file.
func readIndexOrEmpty(files Files) (index, error) {
	x, err := readIndex(files)
	if errors.Is(err, fs.ErrNotExist) {
		return emptyIndex, nil
	}
	return x, err
}

func parseIndex(raw []byte) (index, error) {
	document, err := parseObject(raw)
	if err != nil {
		return index{}, err
	}
	var version int
	if json.Unmarshal(document.get("schemaVersion"), &version) != nil || version != 2 {
		return index{}, errors.New("schemaVersion is not 2")
	}
	manifests := document.get("manifests")
	if rawjson.Begins(manifests) != '[' && string(manifests) != "null" {
		return index{}, errors.New("the list of manifests is missing")
	}
	x := index{raw: raw, document: document}
	for m := range rawjson.Elements(manifests) {
		x.entries = append(x.entries, parseEntry(m))
	}
	return x, nil
}

func parseEntry(raw json.RawMessage) entry {
	e := entry{raw: raw}
	descriptor, err := parseObject(raw)
	if err != nil {
		e.flaw = err
		return e
	}
	e.flaw = e.fill(descriptor)
	return e
}

// fill reads the names first, so that an invalid entry is found by its name.
func (e *entry) fill(descriptor object) error {
	if value := descriptor.get("annotations"); value != nil {
		var annotations map[string]string
		if err := json.Unmarshal(value, &annotations); err != nil {
			return errors.New("the annotations are not a map of strings")
		}
		e.name = annotations[imagespec.AnnotationRefName]
		e.imageName = annotations[containerdName]
	}
	if value := descriptor.get("platform"); value != nil {
		if err := json.Unmarshal(value, &e.platform); err != nil {
			return errors.New("the platform is invalid")
		}
	}
	var err error
	if e.digest, err = descriptor.text("digest"); err != nil {
		return err
	}
	mediaType, err := descriptor.text("mediaType")
	if err != nil {
		return err
	}
	e.mediaType = types.MediaType(mediaType)
	if json.Unmarshal(descriptor.get("size"), &e.size) != nil {
		return errors.New("the size is missing")
	}
	_, err = parseDigest(e.digest)
	return err
}

// parseDigest parses a digest that can be verified and can be part of a path (CVE-2024-3727).
func parseDigest(s string) (v1.Hash, error) {
	digest, err := v1.NewHash(s)
	if err != nil || digest.Algorithm != "sha256" {
		return v1.Hash{}, registry.Errorf(registry.ErrUnverified, "%s is not a sha256 digest", quote(s))
	}
	return digest, nil
}

func (e entry) choice() Choice { return Choice{ID: e.digest, Name: e.name, FullName: e.imageName} }

// String returns the name of an entry for messages.
func (e entry) String() string { return e.choice().String() }

// isOneImage reports whether the entries are the platforms of one image: all have a platform, none has a name. Such
// an index.json is an image index.
func (x index) isOneImage() bool {
	for _, e := range x.entries {
		if !e.isUnnamed() || !e.hasPlatform() || e.flaw != nil {
			return false
		}
	}
	return len(x.entries) > 1
}

// hasPlatform reports whether the descriptor has a platform, which may be the unknown/unknown of an attestation.
func (e entry) hasPlatform() bool {
	return e.platform != nil && e.platform.OS != "" && e.platform.Architecture != ""
}
