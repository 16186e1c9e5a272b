package plan

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/containerd"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A NodeChoice is what containerd takes of an image on a node.
type NodeChoice struct {
	Reference spec.Reference
	Manifest  registry.Manifest
	Node      v1.Platform
	// Indexes are the index, and those within it that containerd follows. A single image has none.
	Indexes []ChoiceInIndex
	// Chosen is the image that containerd takes; the zero Manifest if there is none.
	Chosen registry.Manifest
	// Platform is that of the chosen image, as the index names it, or else the config.
	Platform v1.Platform
	// Doubt is why the image that containerd takes does not run on the node: containerd does not compare the platform of
	// a single image.
	Doubt string
}

// IsFound reports whether containerd takes an image.
func (c NodeChoice) IsFound() bool { return c.Chosen.Digest != v1.Hash{} }

// A ChoiceInIndex is what containerd takes of one index.
type ChoiceInIndex struct {
	Digest  v1.Hash
	Entries []index.Entry
	containerd.Choice
}
