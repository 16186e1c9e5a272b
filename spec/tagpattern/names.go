package tagpattern

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// Names maps architectures, with or without variant, to the names they have in a template.
type Names map[string]string

// ParseNames parses pairs of the form ARCHITECTURE=NAME.
func ParseNames(pairs []string, allowUnknown bool) (names Names, errs []error) {
	names = Names{}
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" || value == "" {
			errs = append(errs, fmt.Errorf("arch name %q: expected ARCHITECTURE=NAME, such as amd64=x86_64 or arm/v7=arm32v7", pair))
			continue
		}
		architecture, variant, _ := strings.Cut(key, "/")
		p := platforms.Normalise(v1.Platform{Architecture: architecture, Variant: variant})
		if err := platforms.Check(p); err != nil && !allowUnknown {
			errs = append(errs, fmt.Errorf("arch name %q: %w", pair, err))
		}
		if old, ok := names[KeyOf(p)]; ok && old != value {
			errs = append(errs, fmt.Errorf("arch name %q: %s already has the name %s", pair, KeyOf(p), old))
		}
		names[KeyOf(p)] = value
	}
	return names, errs
}

// KeyOf is the key of a platform: its architecture, with the variant if there is one.
func KeyOf(p v1.Platform) string { return strings.TrimSuffix(p.Architecture+"/"+p.Variant, "/") }

// Expand replaces OS, ARCH and VARIANT everywhere in the template, and never looks at a replacement again. A name
// that is given for architecture and variant together replaces both. Others are further words with their
// replacements.
func (names Names) Expand(template string, p v1.Platform, others ...string) string {
	arch, variant := p.Architecture, p.Variant
	if name, ok := names[arch+"/"+variant]; ok && variant != "" {
		arch, variant = name, ""
	} else if name, ok := names[arch]; ok {
		arch = name
	}
	return strings.NewReplacer(append(others, "VARIANT", variant, "ARCH", arch, "OS", p.OS)...).Replace(template)
}

// HasVariantOf reports whether a variant of an architecture has a name of its own.
func (names Names) HasVariantOf(architecture string) bool {
	for key := range names {
		if strings.HasPrefix(key, architecture+"/") {
			return true
		}
	}
	return false
}

// keyOf returns the architecture that has a name in templates.
func (names Names) keyOf(name string) (key string, ok bool) {
	for _, key := range slices.Sorted(maps.Keys(names)) {
		if names[key] == name {
			return key, true
		}
	}
	return "", false
}
