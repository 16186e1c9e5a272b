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
}

// An InspectedEntry is one entry of an index. A manifest that does not exist has no details.
type InspectedEntry struct {
	index.Entry
	Missing bool
	// Flaw is why an existing manifest has no details.
	Flaw  error
	Image *ImageDetails
}

// ImageDetails are facts from the manifest and the config of an image.
type ImageDetails struct {
	Platform     v1.Platform // of the config, where the config was read
	ArtifactType string      // of the manifest
	Annotations  map[string]string
	Config       v1.Descriptor
	Layers       []v1.Descriptor
	// ConfigBytes is the config, if it was asked for.
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
