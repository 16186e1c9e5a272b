package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// pathLinux has / in it, because the program and credential helpers may be there.
const pathLinux = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/"

// A variant is one image for all platforms.
type variant struct {
	tag   string
	parts []string // the layouts of its platforms, in order
}

// makeVariant writes a layout for each platform of a variant.
func makeVariant(ctx context.Context, o options, b build, name string) (variant, error) {
	if name != "scratch" && name != "shell" {
		return variant{}, fmt.Errorf("there is no variant %q (use scratch or shell)", name)
	}
	v := variant{tag: b.Version}
	if name == "shell" {
		v.tag += "-shell"
	}
	chosen, err := selected(o.platforms)
	if err != nil {
		return variant{}, err
	}
	for _, p := range chosen {
		image, err := linuxImage(ctx, o, b, p, name == "shell")
		if err != nil {
			return variant{}, fmt.Errorf("%s %s: %w", name, p.name, err)
		}
		if err := v.add(o, image, name+"-"+strings.ReplaceAll(p.name, "/", "-")); err != nil {
			return variant{}, err
		}
	}
	if name == "scratch" && o.windowsBase != "" {
		err = v.addWindows(o, b)
	}
	return v, err
}

func (v *variant) add(o options, image v1.Image, name string) error {
	dir := filepath.Join(o.out, "parts", name)
	v.parts = append(v.parts, dir)
	return writeLayout(dir, image)
}

// linuxImage is an image of two layers: what stays the same between releases, and the program.
func linuxImage(ctx context.Context, o options, b build, p platform, shell bool) (v1.Image, error) {
	root, err := linuxRoot(ctx, o, p, shell)
	if err != nil {
		return nil, err
	}
	binary, err := os.ReadFile(filepath.Join(o.release, "binaries", p.binary))
	if err != nil {
		return nil, err
	}
	program := tree{}
	program.file("manifest-tool", 0o755, binary)
	if shell {
		program.link("usr/local/bin/manifest-tool", "/manifest-tool")
	}
	platform, err := p.oci()
	if err != nil {
		return nil, err
	}
	config := &v1.ConfigFile{OS: platform.OS, Architecture: platform.Architecture, Variant: platform.Variant}
	config.Config = v1.Config{
		User: fmt.Sprintf("%d:%d", nonroot, nonroot), Env: []string{pathLinux}, WorkingDir: "/",
		Entrypoint: []string{"/manifest-tool"}, Labels: labels(b, o.created),
	}
	return ociImage(config, o, root, program)
}

func linuxRoot(ctx context.Context, o options, p platform, shell bool) (tree, error) {
	ca, err := certificates(ctx, o)
	if err != nil {
		return nil, err
	}
	if !shell {
		return base(ca, ""), nil
	}
	busybox, err := debFiles(ctx, o, "busybox-static", p.debian)
	if err != nil {
		return nil, err
	}
	root := base(ca, "/bin/sh")
	root.addShell(busybox)
	return root, nil
}

// ociImage adds a layer for each tree to an empty image with this config.
func ociImage(config *v1.ConfigFile, o options, trees ...tree) (v1.Image, error) {
	config.RootFS.Type = "layers"
	image, err := mutate.ConfigFile(emptyImage(), config)
	if err != nil {
		return nil, err
	}
	for _, t := range trees {
		if image, err = appendTree(image, t, o); err != nil {
			return nil, err
		}
	}
	config, err = image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Created = v1.Time{Time: o.created}
	return mutate.ConfigFile(image, config)
}

func emptyImage() v1.Image {
	return mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1)
}

func appendTree(image v1.Image, t tree, o options) (v1.Image, error) {
	layer, err := t.layer(o.created)
	if err != nil {
		return nil, err
	}
	return mutate.Append(image, mutate.Addendum{
		Layer: layer, History: v1.History{Created: v1.Time{Time: o.created}, CreatedBy: "internal/release/images"},
	})
}

func writeLayout(dir string, image v1.Image) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	return path.AppendImage(image)
}
