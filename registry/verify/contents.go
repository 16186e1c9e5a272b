package verify

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Contents are what a repository holds of one image: an index with all that is below it, or a single image.
type Contents struct {
	Reference spec.Reference
	Root      v1.Hash // the manifest that the reference names
	// Manifests are the root and all manifests below it, by digest. A manifest that cannot be read is there with its
	// error.
	Manifests map[v1.Hash]Manifest
	// Blobs are the blobs of all manifests, also of referrers. The error of a sound blob is nil.
	Blobs map[Blob]error
	// Unpacked are the layers that were unpacked, without those that are packed in a way that is not known here.
	Unpacked  map[Blob]Unpacked
	Referrers Referrers
	// Deep reports whether the bytes of the blobs were read. Otherwise the repository reported the blobs.
	Deep bool
	// Limit is set where the image exceeds a limit, and was not read to its end.
	Limit error
}

// A Blob is a digest with the size that a descriptor gives.
type Blob struct {
	Digest v1.Hash
	Size   int64
}

// BlobOf is the blob that a descriptor names.
func BlobOf(d v1.Descriptor) Blob { return Blob{d.Digest, d.Size} }

// A Manifest is what is known of one manifest.
type Manifest struct {
	Descriptor v1.Descriptor // of the manifest as it is stored
	Err        error         // why the manifest could not be read; the other fields are zero then
	Entries    []index.Entry // of an index
	Config     *v1.Descriptor
	Layers     []v1.Descriptor
	Subject    v1.Hash
	// ArtifactType is that of the manifest.
	ArtifactType string
	// Image is what the config of an image says. It is nil for a manifest without such a config.
	Image *Image
}

// IsIndex reports whether the manifest is an index.
func (m Manifest) IsIndex() bool { return m.Descriptor.MediaType.IsIndex() }

// An Image is what the config of an image says.
type Image struct {
	Err      error // why the config could not be read
	Platform v1.Platform
	DiffIDs  []v1.Hash // of the layers, as the config lists them
}

// An Unpacked is the digest of the unpacked content of a layer, or why the layer cannot be unpacked.
type Unpacked struct {
	DiffID v1.Hash
	Err    error
}

// Referrers are what refers to the manifests of an image.
type Referrers struct {
	Found  []plan.Referrer
	Flaws  []ReferrerFlaw
	Hidden error // the answer that does not show whether there are more
}

// A ReferrerFlaw is a referrer that cannot be read, or a list of referrers.
type ReferrerFlaw struct {
	Subject       v1.Hash
	v1.Descriptor        // without a digest for a list, and for a tag whose content is unknown
	Tag           string // of a signature
	Err           error
}
