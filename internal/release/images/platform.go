package main

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A platform is one for which there is a binary, and a busybox in Debian.
type platform struct {
	name   string // as in commands and specs
	binary string // the file of the release
	debian string // Debian's name of the architecture
}

// platforms are in the order of the entries in the index. Debian's armhf needs ARMv7, so that ARMv6 takes armel.
var platforms = []platform{
	{"linux/amd64", "manifest-tool-linux-amd64", "amd64"},
	{"linux/arm64", "manifest-tool-linux-arm64", "arm64"},
	{"linux/arm/v7", "manifest-tool-linux-armv7", "armhf"},
	{"linux/arm/v6", "manifest-tool-linux-armv6", "armel"},
	{"linux/386", "manifest-tool-linux-386", "i386"},
	{"linux/ppc64le", "manifest-tool-linux-ppc64le", "ppc64el"},
	{"linux/s390x", "manifest-tool-linux-s390x", "s390x"},
	{"linux/riscv64", "manifest-tool-linux-riscv64", "riscv64"},
}

// windowsBinaries are the files for the images on -windows-base, by architecture.
var windowsBinaries = map[string]string{
	"amd64": "manifest-tool-windows-amd64.exe",
	"arm64": "manifest-tool-windows-arm64.exe",
}

// selected returns the platforms that names lists, or all of them.
func selected(names []string) ([]platform, error) {
	if len(names) == 0 {
		return platforms, nil
	}
	var found []platform
	for _, name := range names {
		i := slices.IndexFunc(platforms, func(p platform) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no image for platform %q", name)
		}
		found = append(found, platforms[i])
	}
	return found, nil
}

func (p platform) oci() (v1.Platform, error) {
	parsed, err := v1.ParsePlatform(p.name)
	if err != nil {
		return v1.Platform{}, err
	}
	return *parsed, nil
}
