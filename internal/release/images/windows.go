package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// securityDescriptor is what Windows needs for each file of a layer: it makes BUILTIN\Users (S-1-5-32-545) the owner
// and the group, and has no access lists, so that those of the folder apply.
var securityDescriptor = func() string {
	users := []byte{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 33, 2, 0, 0}
	header := []byte{1, 0, 0, 0x80, 20, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} // self-relative, owner at 20, group at 36
	return base64.StdEncoding.EncodeToString(slices.Concat(header, users, users))
}()

// addWindows adds an image on each Windows image of the base layout, with the os.version of the base.
func (v *variant) addWindows(o options, b build) error {
	bases, err := windowsBases(o.windowsBase)
	if err != nil {
		return err
	}
	for i, base := range bases {
		image, err := windowsImage(o, b, base)
		if err != nil {
			return fmt.Errorf("%s: %w", o.windowsBase, err)
		}
		if err := v.add(o, image, fmt.Sprintf("windows-%d", i)); err != nil {
			return err
		}
	}
	return nil
}

// windowsBases returns the images of a layout, also those in an index, in order.
func windowsBases(dir string) ([]v1.Image, error) {
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, err
	}
	images, err := imagesOf(index)
	if err == nil && len(images) == 0 {
		err = fmt.Errorf("%s: there is no image", dir)
	}
	return images, err
}

func imagesOf(index v1.ImageIndex) ([]v1.Image, error) {
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	var images []v1.Image
	for _, d := range manifest.Manifests {
		switch {
		case d.MediaType.IsImage():
			image, err := index.Image(d.Digest)
			if err != nil {
				return nil, err
			}
			images = append(images, image)
		case d.MediaType.IsIndex():
			child, err := index.ImageIndex(d.Digest)
			if err != nil {
				return nil, err
			}
			more, err := imagesOf(child)
			if err != nil {
				return nil, err
			}
			images = append(images, more...)
		}
	}
	return images, nil
}

// windowsImage adds the program to a base. The platform, the user and the environment are those of the base.
func windowsImage(o options, b build, base v1.Image) (v1.Image, error) {
	config, err := base.ConfigFile()
	if err != nil {
		return nil, err
	}
	binary := windowsBinaries[config.Architecture]
	if config.OS != "windows" || binary == "" || config.OSVersion == "" {
		return nil, fmt.Errorf("the base for %s/%s with os.version %q is not a Windows image for amd64 or arm64", config.OS, config.Architecture, config.OSVersion)
	}
	content, err := os.ReadFile(filepath.Join(o.release, "binaries", binary))
	if err != nil {
		return nil, err
	}
	digest, err := base.Digest()
	if err != nil {
		return nil, err
	}
	image, err := asOCI(base)
	if err != nil {
		return nil, err
	}
	if image, err = appendTree(image, windowsTree(content), o); err != nil {
		return nil, err
	}
	return windowsConfig(image, o, b, digest)
}

// asOCI returns an image with the layers and the config of another, which may be a Docker image: some registries refuse
// an index with both kinds. The blobs of the layers stay what they are.
func asOCI(base v1.Image) (v1.Image, error) {
	layers, err := base.Layers()
	if err != nil {
		return nil, err
	}
	image := emptyImage()
	for _, layer := range layers {
		if image, err = mutate.Append(image, mutate.Addendum{Layer: layer, MediaType: types.OCILayer}); err != nil {
			return nil, err
		}
	}
	config, err := base.ConfigFile()
	if err != nil {
		return nil, err
	}
	return mutate.ConfigFile(image, config.DeepCopy())
}

func windowsConfig(image v1.Image, o options, b build, base v1.Hash) (v1.Image, error) {
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Created = v1.Time{Time: o.created}
	config.Config.Entrypoint, config.Config.Cmd = []string{`C:\manifest-tool.exe`}, nil
	config.Config.Labels = labels(b, o.created)
	config.Config.Labels["org.opencontainers.image.base.digest"] = base.String()
	return mutate.ConfigFile(image, config)
}

// windowsTree is a layer as Windows expects it: the files are below Files, and Hives holds changes of the registry.
func windowsTree(program []byte) tree {
	t := tree{}
	t.folder("Files", 0o755, 0)
	t.folder("Hives", 0o755, 0)
	t.file("Files/manifest-tool.exe", 0o755, program)
	for name, n := range t {
		n.pax = map[string]string{"MSWINDOWS.rawsd": securityDescriptor}
		if n.folder {
			n.pax["MSWINDOWS.fileattr"] = "16"
		} else {
			n.pax["MSWINDOWS.fileattr"] = "32"
		}
		t[name] = n
	}
	return t
}
