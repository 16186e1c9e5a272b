package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// The words of `go tool dist list`, and of GOOS and GOARCH lists for systems that Go has not
// reached (https://github.com/golang/go/tree/master/src/internal/syslist): image-spec, "platform".
var (
	knownOS = strings.Fields(`aix android darwin dragonfly freebsd hurd illumos ios js linux nacl
		netbsd openbsd plan9 solaris wasip1 windows zos`)
	knownArchitectures = strings.Fields(`386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips
		mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x
		sparc sparc64 wasm`)
)

// What machines and distributions call architectures, and what images call them.
var architectureAliases = map[string]string{
	"x86_64": "amd64", "x86-64": "amd64", "x64": "amd64",
	"i386": "386", "i486": "386", "i586": "386", "i686": "386", "x86": "386",
	"aarch64": "arm64", "arm64v8": "arm64/v8", "armv8": "arm64",
	"armhf": "arm/v7", "armv7": "arm/v7", "armv7l": "arm/v7", "armv7hl": "arm/v7", "arm32v7": "arm/v7",
	"armel": "arm/v6", "armv6": "arm/v6", "armv6l": "arm/v6", "arm32v6": "arm/v6",
	"armv5": "arm/v5", "armv5l": "arm/v5", "arm32v5": "arm/v5",
	"ppc64el": "ppc64le", "loongarch64": "loong64", "mips64el": "mips64le", "mipsel": "mipsle",
}

var osAliases = map[string]string{"macos": "darwin"}

// The variant that an architecture means where none is given.
var defaultVariants = map[string]string{"arm": "v7", "arm64": "v8", "amd64": "v1"}

// ParsePlatform parses OS/ARCHITECTURE[/VARIANT][:OSVERSION].
func ParsePlatform(s string) (v1.Platform, error) {
	words, version, versioned := strings.Cut(s, ":")
	parts := strings.Split(words, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") || versioned && version == "" || strings.ContainsAny(s, " \t\r\n") {
		return v1.Platform{}, fmt.Errorf("platform %q: a platform is os/architecture or os/architecture/variant", s)
	}
	p := v1.Platform{OS: parts[0], Architecture: parts[1], OSVersion: version}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	return p, nil
}

// Normalise gives the words of a platform the form in which images have them: x86_64 is amd64,
// aarch64 is arm64, armhf is arm/v7. A variant that is already right is kept, also "v8" of arm64.
func Normalise(p v1.Platform) v1.Platform {
	p.OS = strings.ToLower(p.OS)
	if os, ok := osAliases[p.OS]; ok {
		p.OS = os
	}
	p.Architecture = strings.ToLower(p.Architecture)
	if alias, ok := architectureAliases[p.Architecture]; ok {
		architecture, variant, _ := strings.Cut(alias, "/")
		p.Architecture = architecture
		if p.Variant == "" {
			p.Variant = variant
		}
	}
	p.Variant = strings.ToLower(p.Variant)
	if p.Variant != "" && strings.Trim(p.Variant, "0123456789") == "" && defaultVariants[p.Architecture] != "" {
		p.Variant = "v" + p.Variant
	}
	return p
}

// CheckPlatform finds words that nobody knows, of the fields that are given.
func CheckPlatform(p v1.Platform) error {
	return errors.Join(checkOS(p.OS), checkArchitecture(p.Architecture))
}

func checkOS(os string) error {
	switch {
	case os == "" || slices.Contains(knownOS, os):
		return nil
	case slices.Contains(knownArchitectures, os):
		return fmt.Errorf("os: %q is an architecture", os)
	}
	return unknownWord("os", os, knownOS)
}

func checkArchitecture(architecture string) error {
	switch {
	case architecture == "" || slices.Contains(knownArchitectures, architecture):
		return nil
	case slices.Contains(knownOS, architecture):
		return fmt.Errorf("architecture: %q is an operating system", architecture)
	}
	return unknownWord("architecture", architecture, append(sortedKeys(architectureAliases), knownArchitectures...))
}

func unknownWord(what, word string, known []string) error {
	word = cut(word)
	return fmt.Errorf("unknown %s %q%s (--allow-unknown-platform lets it pass)", what, word, didYouMean(word, known...))
}

// Matches tells whether an image for platform have serves somebody who wants want. A field that
// want leaves out matches anything; arm64 is arm64/v8, arm is arm/v7, amd64 is amd64/v1.
func Matches(want, have v1.Platform) bool {
	want, have = Normalise(want), Normalise(have)
	return (want.OS == "" || want.OS == have.OS) &&
		(want.Architecture == "" || want.Architecture == have.Architecture) &&
		(want.Variant == "" || variant(want) == variant(have)) &&
		(want.OSVersion == "" || want.OSVersion == have.OSVersion) &&
		containsAll(have.OSFeatures, want.OSFeatures) &&
		containsAll(have.Features, want.Features)
}

// Equivalent tells whether two platforms are one, however they are written.
func Equivalent(a, b v1.Platform) bool {
	a, b = Normalise(a), Normalise(b)
	a.Variant, b.Variant = variant(a), variant(b)
	return a.Equals(b)
}

func variant(p v1.Platform) string {
	if p.Variant == "" {
		return defaultVariants[p.Architecture]
	}
	return p.Variant
}

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(have, s) })
}
