package layout

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// An Image is an image that a name may refer to.
type Image struct {
	Choice
	// Read reads the manifest.
	Read func() (registry.Manifest, error)
	// Platforms returns the platforms of the image. It is called only if several images share a name.
	Platforms func(registry.Manifest) ([]v1.Platform, error)
}

// Images are all images with the names in a layout or archive.
type Images struct {
	path  string // of the layout, for messages
	list  []Image
	whole func() (registry.Manifest, error) // reads index.json, if it is the index of one image
}

// NewImages collects images that no index.json lists. The path is for messages.
func NewImages(path string, list ...Image) Images { return Images{path: path, list: list} }

// ReadImages reads the images that index.json lists.
func ReadImages(files Files) (Images, error) {
	x, err := readIndex(files)
	if err != nil {
		return Images{}, err
	}
	return x.images(files), nil
}

func (x index) images(files Files) Images {
	images := Images{path: files.Path(""), list: make([]Image, len(x.entries))}
	for i, e := range x.entries {
		images.list[i] = Image{
			Choice:    e.choice(),
			Read:      func() (registry.Manifest, error) { return manifestOf(files, e) },
			Platforms: func(m registry.Manifest) ([]v1.Platform, error) { return e.platforms(files, m) },
		}
	}
	if x.isOneImage() {
		images.whole = func() (registry.Manifest, error) { return oneImage(files, x) }
	}
	return images
}

// All lists the images. An image with several names is listed for each of them.
func (s Images) All() []Image { return s.list }

// Has reports whether an image has a full name, in any abbreviation.
func (s Images) Has(name string) bool {
	return slices.ContainsFunc(s.list, func(i Image) bool {
		return i.Name == name || i.FullName != "" && canonical(i.FullName) == canonical(name)
	})
}

// With adds images that index.json does not list.
func (s Images) With(more ...Image) Images {
	if len(more) > 0 {
		s.list, s.whole = slices.Concat(s.list, more), nil
	}
	return s
}

// Adapted returns the images with a function that changes every manifest that is read.
func (s Images) Adapted(adapt func(registry.Manifest) (registry.Manifest, error)) Images {
	s.list = slices.Clone(s.list)
	for i, image := range s.list {
		s.list[i].Read = func() (registry.Manifest, error) {
			m, err := image.Read()
			if err != nil {
				return m, err
			}
			return adapt(m)
		}
	}
	return s
}

// Find reads the manifest of the image with a name. No name means the only image, else the image named "latest". If
// several images share the name and differ in platform, Find makes an index of them, which no file holds. Made finds
// this index by its digest.
func (s Images) Find(name string) (registry.Manifest, error) {
	if name == "" && s.whole != nil {
		return s.whole()
	}
	found, err := choose(choicesOf(s.list), name)
	if err != nil {
		return registry.Manifest{}, fmt.Errorf("%s: %w", s.path, err)
	}
	if len(found) == 1 {
		return s.list[found[0]].Read()
	}
	group := make([]Image, len(found))
	for i, at := range found {
		group[i] = s.list[at]
	}
	return s.combine(group)
}

func choicesOf(images []Image) []Choice {
	choices := make([]Choice, len(images))
	for i, image := range images {
		choices[i] = image.Choice
	}
	return choices
}

// Made returns an index that Find makes, by its digest.
func (s Images) Made(digest v1.Hash) (registry.Manifest, error) {
	read := 0
	for _, group := range s.groups() {
		if read += len(group); read > spec.MaxEntries {
			break
		}
		if m, err := s.combine(group); err == nil && m.Digest == digest {
			return m, nil
		}
	}
	return registry.Manifest{}, registry.Errorf(registry.ErrNotFound, "%s does not hold %s", s.path, digest)
}

// groups returns the images that share both of their names.
func (s Images) groups() [][]Image {
	at := map[Choice]int{}
	seen := map[Choice]bool{}
	var all [][]Image
	for _, image := range s.list {
		names := image.names()
		named := Choice{image.ID, names.Name, names.FullName}
		if names == (Choice{}) || seen[named] {
			continue
		}
		seen[named] = true
		i, ok := at[names]
		if !ok {
			i, all = len(all), append(all, nil)
			at[names] = i
		}
		all[i] = append(all[i], image)
	}
	return slices.DeleteFunc(all, func(group []Image) bool { return len(group) < 2 })
}
