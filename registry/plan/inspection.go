package plan

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// An Inspection is the result of a read: an index with its entries, or a single image.
type Inspection struct {
	Reference   spec.Reference
	Manifest    registry.Manifest
	Annotations map[string]string
	Entries     []InspectedEntry // of an index
	Image       *ImageDetails    // of a single image
	// Others are the further entries for the platform that was selected.
	Others []index.Entry
	// Referrers are what refers to the manifests of the inspection, if that was asked for.
	Referrers []InspectedReferrer
	// HiddenReferrers is why there may be more of them.
	HiddenReferrers error
	GoneReferrers   []v1.Hash // listed, but they do not exist
}

// An InspectedEntry is one entry of an index. A manifest that does not exist has no details.
type InspectedEntry struct {
	index.Entry
	Missing bool
	// Flaw is why an existing manifest has no details.
	Flaw  error
	Image *ImageDetails
	// Statements are what attestations say, if that was asked for.
	Statements []Statement
	// Nested is what an index within the index lists. It is nil if that was not asked for, or listed before.
	Nested *Inspection
}

// ImageDetails are facts from the manifest and the config of an image.
type ImageDetails struct {
	Platform     v1.Platform // of the config, where the config was read
	ArtifactType string      // of the manifest
	Annotations  map[string]string
	Config       v1.Descriptor
	Layers       []v1.Descriptor
	// ConfigBytes is the config of a single image. Of an image of an index, it is there if it was asked for.
	ConfigBytes []byte
}

// Size is the number of bytes that a client fetches beside the manifest, in their compressed form.
func (d ImageDetails) Size() int64 {
	size := d.Config.Size
	for _, layer := range d.Layers {
		size += layer.Size
	}
	return size
}

// PredicateType is the annotation of a layer that names the type of the in-toto predicate in it, as BuildKit writes it.
const PredicateType = "in-toto.io/predicate-type"
