package plan

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
)

// Shared is what the images of an index have in common.
type Shared struct {
	Layers int   // how many layers several images list
	Size   int64 // of these layers, each counted once
	Images int   // how many images list such a layer
	// Total is the size of all configs and layers of all images, each counted once.
	Total int64
}

// Shared compares the layers of the images. An image that the index lists twice counts once.
func (i Inspection) Shared() Shared {
	var s Shared
	users := map[v1.Hash]int{}
	sizes := map[v1.Hash]int64{}
	images := map[v1.Hash]*ImageDetails{}
	for _, e := range i.Entries {
		if e.Kind == index.Image && e.Image != nil && images[e.Descriptor.Digest] == nil {
			images[e.Descriptor.Digest] = e.Image
			for digest, size := range e.Image.blobs() {
				sizes[digest] = size
			}
			for digest := range e.Image.layers() {
				users[digest]++
			}
		}
	}
	for digest, n := range users {
		if n > 1 {
			s.Layers++
			s.Size += sizes[digest]
		}
	}
	for _, image := range images {
		for digest := range image.layers() {
			if users[digest] > 1 {
				s.Images++
				break
			}
		}
	}
	for _, size := range sizes {
		s.Total += size
	}
	return s
}

// layers are the sizes of the layers by digest: an image may have a layer twice.
func (d ImageDetails) layers() map[v1.Hash]int64 {
	sizes := map[v1.Hash]int64{}
	for _, layer := range d.Layers {
		sizes[layer.Digest] = layer.Size
	}
	return sizes
}

// blobs are the sizes of the layers and the config by digest.
func (d ImageDetails) blobs() map[v1.Hash]int64 {
	sizes := d.layers()
	if d.Config.Digest != (v1.Hash{}) {
		sizes[d.Config.Digest] = d.Config.Size
	}
	return sizes
}
