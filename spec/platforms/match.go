package platforms

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// defaultVariants are the variants of architectures that are given without a variant.
var defaultVariants = map[string]string{"arm": "v7", "arm64": "v8", "amd64": "v1"}

// Matches reports whether an image for platform have serves a request for platform want. An open field of want
// matches any value. The features of have must include those of want.
func Matches(want, have v1.Platform) bool {
	want, have = Normalise(want), Normalise(have)
	return (want.OS == "" || want.OS == have.OS) &&
		(want.Architecture == "" || want.Architecture == have.Architecture) &&
		(want.Variant == "" || Variant(want) == Variant(have)) &&
		(want.OSVersion == "" || want.OSVersion == have.OSVersion) &&
		containsAll(have.OSFeatures, want.OSFeatures) &&
		containsAll(have.Features, want.Features)
}

// Exact reports whether the os, the architecture, the variant and the os version of two platforms are equal. An
// open variant is the default variant of the architecture. Another open field equals only an open field. Exact does
// not compare os.features and features.
func Exact(want, have v1.Platform) bool {
	switch { // without the cost of Normalise: the entries of large indexes are compared with each other
	case want.OSVersion != have.OSVersion:
		return false
	case want.OS == have.OS && want.Architecture == have.Architecture && want.Variant == have.Variant:
		return true
	}
	want, have = Normalise(want), Normalise(have)
	return want.OS == have.OS && want.Architecture == have.Architecture && Variant(want) == Variant(have)
}

// Equivalent reports whether two platforms are equal in all fields, in any spelling.
func Equivalent(a, b v1.Platform) bool {
	a, b = Normalise(a), Normalise(b)
	a.Variant, b.Variant = Variant(a), Variant(b)
	return a.Equals(b)
}

// Variant returns the variant of a platform, or the default variant of its architecture.
func Variant(p v1.Platform) string {
	if p.Variant == "" {
		return defaultVariants[p.Architecture]
	}
	return p.Variant
}

func containsAll(have, want []string) bool {
	return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(have, s) })
}
