package main

import (
	"fmt"
	"strings"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

type platform struct{ os, architecture, variant string }

// platforms are those that Docker's official images have.
var platforms = []platform{
	{"linux", "amd64", ""},
	{"linux", "arm64", "v8"},
	{"linux", "arm", "v7"},
	{"linux", "arm", "v6"},
	{"linux", "386", ""},
	{"linux", "ppc64le", ""},
	{"linux", "riscv64", ""},
	{"linux", "s390x", ""},
}

// more platforms for an index of 16.
var more = []platform{
	{"linux", "arm", "v5"},
	{"linux", "loong64", ""},
	{"linux", "mips", ""},
	{"linux", "mips64", ""},
	{"linux", "mips64le", ""},
	{"linux", "mipsle", ""},
	{"linux", "ppc64", ""},
	{"freebsd", "amd64", ""},
}

// tag is a platform as part of a name.
func (p platform) tag() string {
	return strings.TrimSuffix(strings.Join([]string{p.os, p.architecture, p.variant}, "-"), "-")
}

// at is an image as the user tells of it: the variant is known to the image only.
func (p platform) at(ref string) image { return image{ref, p.os, p.architecture} }

func (p platform) image() registrytest.Image {
	return registrytest.Image{OS: p.os, Architecture: p.architecture, Variant: p.variant}
}

func small(p platform) registrytest.Artifact { return p.image().Build() }

// large has 10 layers of 64 KiB, and with the config 11 blobs.
func large(p platform) registrytest.Artifact {
	i := p.image()
	i.Layers, i.LayerSize = 10, 64<<10
	return i.Build()
}

// push puts an image on the first registry, past the proxy.
func (b *bench) push(a registrytest.Artifact, repository, tag string) error {
	if err := a.Push("http://"+b.direct, repository, tag); err != nil {
		return fmt.Errorf("push %s:%s: %w", repository, tag, err)
	}
	return nil
}

// pushLarge pushes the sources of S2 once: a target that is new makes the run new.
func (b *bench) pushLarge() error {
	return b.once("large", func() error {
		for _, p := range platforms {
			if err := b.push(large(p), "large/"+p.tag(), "v1"); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) pushIndex() (digests []string, err error) {
	var images []registrytest.Artifact
	for _, p := range append(platforms[:len(platforms):len(platforms)], more...) {
		images = append(images, small(p))
		digests = append(digests, images[len(images)-1].Digest)
	}
	return digests, b.once("index", func() error {
		return b.push(registrytest.Index(false, images...), "index", "v1")
	})
}
