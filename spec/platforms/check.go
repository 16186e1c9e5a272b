package platforms

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/internal/nearest"
)

// knownOS and knownArchitectures are the words of `go tool dist list`, and the further words that Go reserves
// for GOOS and GOARCH (https://github.com/golang/go/tree/master/src/internal/syslist). The image-spec takes
// the words of a platform from there. wasi and wasip2 are words of WebAssembly images.
var (
	knownOS = strings.Fields(`aix android darwin dragonfly freebsd hurd illumos ios js linux nacl
		netbsd openbsd plan9 solaris wasi wasip1 wasip2 windows zos`)
	knownArchitectures = strings.Fields(`386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips
		mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x
		sparc sparc64 wasm`)
)

// architecturesOf lists the architectures that an os runs on: those of `go tool dist list`, those that
// docker manifest accepts, and further ports of the os. An os that is not listed, such as linux, may be
// paired with every architecture.
var architecturesOf = map[string][]string{
	"aix":       {"ppc", "ppc64"},
	"android":   {"386", "amd64", "arm", "arm64", "mipsle", "mips64le", "riscv64"},
	"darwin":    {"386", "amd64", "arm", "arm64", "ppc", "ppc64"},
	"dragonfly": {"386", "amd64"},
	"freebsd":   {"386", "amd64", "arm", "arm64", "mips", "mipsle", "mips64", "mips64le", "ppc", "ppc64", "ppc64le", "riscv64", "sparc64"},
	"hurd":      {"386", "amd64"},
	"illumos":   {"386", "amd64", "arm64", "sparc64"},
	"ios":       {"386", "amd64", "arm", "arm64"},
	"js":        {"wasm"},
	"nacl":      {"386", "amd64p32", "arm"},
	"openbsd":   {"386", "amd64", "arm", "arm64", "mips64", "mips64le", "ppc", "ppc64", "riscv64", "sparc64"},
	"plan9":     {"386", "amd64", "arm", "arm64", "mips", "ppc", "riscv64"},
	"solaris":   {"386", "amd64", "sparc", "sparc64"},
	"wasi":      {"wasm"},
	"wasip1":    {"wasm"},
	"wasip2":    {"wasm"},
	"windows":   {"386", "amd64", "arm", "arm64"},
	"zos":       {"s390", "s390x"},
}

// Check checks the fields that are given. An os or an architecture that is not known is an error. A
// pair of os and architecture for which no image can exist is an error, such as windows/s390x. The words have
// to be in the form that [Normalise] gives them.
func Check(p v1.Platform) error {
	if IsArchitecture(p.OS) && !IsArchitecture(p.Architecture) && !slices.Contains(knownOS, p.Architecture) { // arm/v7
		return fmt.Errorf("the os is missing in %s: use linux/%[1]s", excerpt.Of(strings.TrimSuffix(p.OS+"/"+p.Architecture, "/")))
	}
	return errors.Join(CheckOS(p.OS), CheckArchitecture(p.Architecture), CheckPair(p))
}

// IsOS reports whether a word is the name of an os in images.
func IsOS(word string) bool { return slices.Contains(knownOS, word) }

// IsArchitecture reports whether a word is an architecture, or another name of one.
func IsArchitecture(word string) bool {
	return slices.Contains(knownArchitectures, word) || architectureAliases[word] != ""
}

// CheckOS checks an os, if it is given.
func CheckOS(os string) error {
	switch {
	case os == "" || slices.Contains(knownOS, os):
		return nil
	case slices.Contains(knownArchitectures, os):
		return fmt.Errorf("os: %q is an architecture", os)
	}
	return unknownWord("os", os, nearest.Word(os, knownOS...))
}

// CheckArchitecture checks an architecture, if it is given.
func CheckArchitecture(architecture string) error {
	switch {
	case architecture == "" || slices.Contains(knownArchitectures, architecture):
		return nil
	case slices.Contains(knownOS, architecture):
		return fmt.Errorf("architecture: %q is an operating system", architecture)
	}
	near := nearest.Word(architecture, append(slices.Sorted(maps.Keys(architectureAliases)), knownArchitectures...)...)
	return unknownWord("architecture", architecture, inIndex(near))
}

// CheckPair judges an os and an architecture together, where both are given and known.
func CheckPair(p v1.Platform) error {
	possible, isLimited := architecturesOf[p.OS]
	if !isLimited || slices.Contains(possible, p.Architecture) || !slices.Contains(knownArchitectures, p.Architecture) {
		return nil
	}
	return fmt.Errorf("platform %s/%s does not exist: %s runs on %s (use --allow-unknown-platform to accept the platform)",
		p.OS, p.Architecture, p.OS, strings.Join(possible, ", "))
}

// inIndex is an architecture as an index has it, for an alias such as x86-64.
func inIndex(architecture string) string {
	name := architectureAliases[architecture]
	if name == "" {
		return architecture
	}
	if name, variant, ok := strings.Cut(name, "/"); ok {
		return name + " with variant " + variant
	}
	return name
}

func unknownWord(what, word, near string) error {
	return fmt.Errorf("unknown %s %q%s (use --allow-unknown-platform to accept the platform)", what, excerpt.Of(word), nearest.Question(near))
}
