package plan

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// An Original is an image as it is somewhere, to be copied or changed: an index with all that is below it,
// or a single image.
type ImageTree struct {
	Reference spec.Reference
	Manifest  registry.Manifest
	// Below are all manifests of an index, each index within it behind what that holds. Of a single image
	// it is that.
	Descendants []Node
	// Referrers are about it and about what is below it, if they were looked for; Gone is what is listed as
	// one and not there.
	Referrers []Referrer
	Gone      []v1.Hash
	Targets   []TargetState // one for each target
}
