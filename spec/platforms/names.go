package platforms

import (
	"maps"
	"slices"
	"strings"
)

// commonPlatforms are those that most images are built for, the most frequent first.
var commonPlatforms = strings.Fields(`linux/amd64 linux/arm64 linux/arm/v7 linux/arm/v6 linux/arm/v5 linux/386
	linux/ppc64le linux/s390x linux/riscv64 linux/loong64 linux/mips64le windows/amd64 windows/arm64`)

// variantsOf lists the variants of an architecture that images are built for.
var variantsOf = map[string][]string{
	"amd64": {"v2", "v3", "v4"},
	"arm":   {"v5", "v6", "v7"},
	"arm64": {"v8", "v9"},
}

// portedArchitectures are those of `go tool dist list`. Go only reserves the others.
var portedArchitectures = strings.Fields(`386 amd64 arm arm64 loong64 mips mipsle mips64 mips64le
	ppc64 ppc64le riscv64 s390x wasm`)

// Common lists the platforms that most images are built for, the most frequent first.
func Common() []string { return slices.Clone(commonPlatforms) }

// Known lists the platforms that an image may be for. The common platforms come first. Check accepts
// more: words that Go only reserves.
func Known() []string {
	all := Common()
	add := func(platform string) {
		if !slices.Contains(all, platform) {
			all = append(all, platform)
		}
	}
	for _, os := range knownOS {
		possible, isLimited := architecturesOf[os]
		for _, architecture := range portedArchitectures {
			if isLimited && !slices.Contains(possible, architecture) {
				continue
			}
			add(os + "/" + architecture)
			for _, variant := range variantsOf[architecture] {
				add(os + "/" + architecture + "/" + variant)
			}
		}
	}
	return all
}

// KnownOS lists the words for an os.
func KnownOS() []string { return slices.Clone(knownOS) }

// Architectures lists all words for an architecture, those of abandoned ports too.
func Architectures() []string { return slices.Clone(knownArchitectures) }

// KnownArchitectures lists the architectures that an image may be for.
func KnownArchitectures() []string { return slices.Clone(portedArchitectures) }

// KnownVariants lists the variants of an architecture, which may have an alias as its name.
func KnownVariants(architecture string) []string {
	if alias, ok := architectureAliases[architecture]; ok {
		architecture, _, _ = strings.Cut(alias, "/")
	}
	return slices.Clone(variantsOf[architecture])
}

// OtherNames lists the names that machines and distributions use for an architecture, such as arm/v7.
func OtherNames(architecture string) []string {
	var names []string
	for _, alias := range slices.Sorted(maps.Keys(architectureAliases)) {
		if architectureAliases[alias] == architecture {
			names = append(names, alias)
		}
	}
	return names
}
