package plan

import (
	"cmp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A TagList is what a repository lists.
type TagList struct {
	Place spec.Place
	Tags  []ListedTag
	// Hidden is the number of tags of signatures and other referrers that are left out.
	Hidden int
	// Listed is the number of all tags of the repository.
	Listed int
}

// A ListedTag is one tag. All fields but Tag are empty if the manifest was not read.
type ListedTag struct {
	Tag          string
	Digest       v1.Hash
	MediaType    types.MediaType
	Kind         index.Kind
	ArtifactType string
	// Platforms are those that the manifest names: those of the images of an index. A single image names its platform in
	// its config, which is not read.
	Platforms []v1.Platform
	// Size is the size of the config and the layers of a single manifest. That of an index is not known: 0.
	Size int64
	// Gone is set if the registry lists the tag, but it does not exist any more.
	Gone bool
	// Err is why the manifest could not be read.
	Err error
}

// NewListedTag returns what a manifest says by itself about the image that a tag holds.
func NewListedTag(tag string, m registry.Manifest) (ListedTag, error) {
	t := ListedTag{Tag: tag, Digest: m.Digest, MediaType: m.MediaType, Kind: index.Nested}
	if m.MediaType.IsIndex() {
		x, err := index.Parse(m)
		if err == nil && len(x.Entries) > spec.MaxEntries {
			err = registry.Errorf(registry.ErrUnverified, "the index has more than %d entries, which is the limit", spec.MaxEntries)
		}
		if err == nil {
			t.Platforms = index.Platforms(x.Entries)
		}
		return t, err
	}
	doc, err := registry.ParseDocument(m)
	if err != nil {
		return t, err
	}
	e := index.NewEntry(m.Descriptor())
	e.Describe(doc)
	t.Kind, t.ArtifactType = e.Kind, e.Descriptor.ArtifactType
	if doc.Config != nil {
		t.Size = doc.Config.Size
		if t.Kind == index.Artifact {
			t.ArtifactType = cmp.Or(t.ArtifactType, string(doc.Config.MediaType))
		}
	}
	for _, layer := range doc.Layers {
		t.Size += layer.Size
	}
	return t, nil
}

// CompareTags orders tags as people do: numbers in them count by their value, so 1.9 comes before 1.10. The order is the
// same whatever order the registry has.
func CompareTags(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		n, m := digits(x), digits(y)
		if n == 0 || m == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		left, right := strings.TrimLeft(x[:n], "0"), strings.TrimLeft(y[:m], "0")
		if c := cmp.Or(cmp.Compare(len(left), len(right)), strings.Compare(left, right)); c != 0 {
			return c
		}
		x, y = x[n:], y[m:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

// digits is the number of digits at the start of a text.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }
