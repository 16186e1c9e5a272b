// Package platforms has the words for platforms: how they are written, which exist, and which mean the same.
package platforms

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/internal/lazyregexp"
)

// architectureAliases maps the names that machines and distributions use to the names in images.
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

// variantForms are the spellings of a variant by architecture. The submatch is the number of the variant.
var variantForms = map[string]lazyregexp.Regexp{
	"arm":   lazyregexp.New(`^(?:(?:arm|arm32|armhf|armel)?v)?([5-8])(?:l|hl|el|tel|te|-a)?$`),
	"arm64": lazyregexp.New(`^(?:(?:arm|arm64|aarch64)?v)?([89](?:\.[0-9])?)(?:l|-a)?$`),
	"amd64": lazyregexp.New(`^(?:(?:amd64|x86[-_]64[-_]?)?v)?([1-4])$`),
}

// armNames are variants of arm that hold no number.
var armNames = map[string]string{"armhf": "v7", "hf": "v7", "armel": "v6", "el": "v6"}

// Parse parses OS/ARCHITECTURE[/VARIANT][:OSVERSION]. It also reads the form of containerd,
// OS(OSVERSION+FEATURE+FEATURE)/ARCHITECTURE[/VARIANT], in which the version and the features are optional
// and %XX stands for a byte (https://github.com/containerd/platforms).
func Parse(s string) (v1.Platform, error) {
	words, version, versioned := strings.Cut(s, ":")
	parts := strings.Split(words, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") || versioned && version == "" || strings.ContainsAny(s, " \t\r\n") {
		if IsArchitecture(strings.ToLower(s)) {
			return v1.Platform{}, fmt.Errorf("platform %q: the os is missing: use linux/%[1]s", s)
		}
		if len(parts) > 1 && slices.Contains(parts, "") || versioned && version == "" {
			return v1.Platform{}, fmt.Errorf("platform %q: a part is empty: is a variable not set?", excerpt.Of(s))
		}
		return v1.Platform{}, fmt.Errorf("platform %q: expected os/architecture or os/architecture/variant", excerpt.Of(s))
	}
	p := v1.Platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	if os, options, ok := strings.Cut(parts[0], "("); ok {
		p.OS = os
		if err := parseOSOptions(&p, options); err != nil {
			return v1.Platform{}, fmt.Errorf("platform %q: %w", excerpt.Of(s), err)
		}
	}
	if versioned && p.OSVersion != "" {
		return v1.Platform{}, fmt.Errorf("platform %q: the version of the os is given twice", excerpt.Of(s))
	}
	if versioned {
		p.OSVersion = version
	}
	return p, nil
}

// errOSOptions says which form the options of an os have.
var errOSOptions = errors.New("the version and the features of an os have the form os(version+feature)/architecture, such as windows(10.0.17763.5329)/amd64")

// parseOSOptions reads the part of containerd's form after the opening bracket.
func parseOSOptions(p *v1.Platform, options string) error {
	options, isClosed := strings.CutSuffix(options, ")")
	if !isClosed || p.OS == "" || options == "" || strings.ContainsAny(options, "()") {
		return errOSOptions
	}
	for i, word := range strings.Split(options, "+") {
		word, err := url.PathUnescape(word)
		if err != nil || !utf8.ValidString(word) || strings.ContainsFunc(word, notInOption) || word == "" && i > 0 {
			return errOSOptions
		}
		if i == 0 {
			p.OSVersion = word
			continue
		}
		p.OSFeatures = append(p.OSFeatures, word)
	}
	return nil
}

func notInOption(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }

// Normalise gives the words of a platform the form that they have in images. x86_64 becomes amd64, aarch64
// becomes arm64, armhf becomes arm/v7, and the variant armv7 of arm becomes v7. Normalise adds no default
// variant and removes none.
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
	p.Variant = normaliseVariant(p.Architecture, strings.ToLower(p.Variant))
	return p
}

// IsVariant reports whether an architecture has a variant, in the form that [Normalise] gives the variant.
func IsVariant(architecture, variant string) bool {
	form, ok := variantForms[architecture]
	return ok && form().MatchString(variant)
}

func normaliseVariant(architecture, variant string) string {
	form, ok := variantForms[architecture]
	switch {
	case !ok || variant == "":
		return variant
	case architecture == "arm" && armNames[variant] != "":
		return armNames[variant]
	}
	if parts := form().FindStringSubmatch(variant); parts != nil {
		return "v" + parts[1]
	}
	if strings.Trim(variant, "0123456789") == "" {
		return "v" + variant
	}
	return variant
}
