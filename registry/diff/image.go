package diff

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// An ImageDifference is what differs between two images.
type ImageDifference struct {
	Manifest []Change
	Config   []Change
	History  *History // nil where the history is the same
	Layers   Layers
}

// Layers counts the layers of two images. A layer that an image has twice counts twice.
type Layers struct {
	Shared, Added, Removed Count
	Reordered              bool // the images have the same layers in another order
	// SameContent: the layers differ, but the configs list the same uncompressed layers.
	SameContent bool
}

// A Count is a number of layers and their size.
type Count struct {
	Number int
	Bytes  int64
}

// A History compares the steps that built two images.
type History struct{ From, To, Differing int }

// IsEmpty reports whether no field of the images differs.
func (d ImageDifference) IsEmpty() bool {
	return len(d.Manifest)+len(d.Config)+d.Layers.Added.Number+d.Layers.Removed.Number == 0 && !d.Layers.Reordered && d.History == nil
}

func compareImages(a, b plan.ImageDetails) ImageDifference {
	d := ImageDifference{Manifest: manifestChanges(a, b), Layers: compareLayers(a.Layers, b.Layers)}
	if a.Config.Digest != b.Config.Digest {
		d.compareConfigs(a, b)
	} else {
		d.Layers.SameContent = d.Layers.differ() && len(a.Layers) == len(b.Layers) && len(configOf(a).diffIDs()) > 0
	}
	return d
}

func manifestChanges(a, b plan.ImageDetails) []Change {
	changes := textChange("artifactType", a.ArtifactType, b.ArtifactType)
	changes = append(changes, textChange("config.mediaType", string(a.Config.MediaType), string(b.Config.MediaType))...)
	return append(changes, mapChanges("annotation", a.Annotations, b.Annotations)...)
}

// compareConfigs compares two configs by their fields, or by their digests where one of them is not the config of an
// image.
func (d *ImageDifference) compareConfigs(a, b plan.ImageDetails) {
	from, to := configOf(a), configOf(b)
	if from == nil || to == nil {
		d.Config = textChange("digest", digestText(a.Config.Digest), digestText(b.Config.Digest))
		return
	}
	d.Config = from.changes(to)
	d.History = compareHistory(from["history"], to["history"])
	sameContent := slices.Equal(from.diffIDs(), to.diffIDs())
	switch {
	case d.Layers.differ():
		d.Layers.SameContent = sameContent && len(from.diffIDs()) > 0
	case !sameContent:
		d.Config = append(d.Config, valueChange("rootfs", from["rootfs"], to["rootfs"])...)
	}
}

func digestText(h v1.Hash) string {
	if h == (v1.Hash{}) {
		return ""
	}
	return h.String()
}

func (l Layers) differ() bool { return l.Added.Number+l.Removed.Number > 0 }

func compareLayers(a, b []v1.Descriptor) Layers {
	var l Layers
	left := map[v1.Hash]int{}
	for _, layer := range a {
		left[layer.Digest]++
	}
	for _, layer := range b {
		if left[layer.Digest] > 0 {
			left[layer.Digest]--
			l.Shared.add(layer)
			continue
		}
		l.Added.add(layer)
	}
	for _, layer := range slices.Backward(a) {
		if left[layer.Digest] > 0 {
			left[layer.Digest]--
			l.Removed.add(layer)
		}
	}
	same := func(a, b v1.Descriptor) bool { return a.Digest == b.Digest }
	l.Reordered = !l.differ() && !slices.EqualFunc(a, b, same)
	return l
}

// add counts a layer. Sizes from outside are not negative, but their sum may be too large.
func (c *Count) add(layer v1.Descriptor) {
	c.Number++
	if c.Bytes += layer.Size; c.Bytes < 0 {
		c.Bytes = 1<<63 - 1
	}
}
