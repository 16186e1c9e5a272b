package containerd

import (
	"slices"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// normalise gives a platform the form in which containerd compares it. An open os is that of the node, because
// containerd takes it from the machine on which it runs.
func normalise(p v1.Platform, nodeOS string) v1.Platform {
	p.OS = strings.ToLower(p.OS)
	switch p.OS {
	case "":
		p.OS = nodeOS
	case "macos":
		p.OS = "darwin"
	}
	p.Architecture, p.Variant = normaliseArchitecture(strings.ToLower(p.Architecture), strings.ToLower(p.Variant))
	p.OSFeatures = slices.Clone(p.OSFeatures)
	slices.Sort(p.OSFeatures)
	p.OSFeatures = slices.Compact(p.OSFeatures)
	return p
}

func normaliseArchitecture(architecture, variant string) (string, string) {
	switch architecture {
	case "i386":
		return "386", ""
	case "armhf":
		return "arm", "v7"
	case "armel":
		return "arm", "v6"
	case "x86_64", "x86-64", "amd64":
		architecture = "amd64"
	case "aarch64", "arm64":
		architecture = "arm64"
	}
	if form, ok := variantForms[architecture][variant]; ok {
		variant = form
	}
	return architecture, variant
}

// variantForms are the forms of variants that containerd takes for another form.
var variantForms = map[string]map[string]string{
	"amd64": {"v1": ""},
	"arm64": {"8": "", "v8": "", "v8.0": "", "9": "v9", "9.0": "v9", "v9.0": "v9"},
	"arm":   {"": "v7", "7": "v7", "5": "v5", "6": "v6", "8": "v8"},
}

// runnable lists what a node of a normalised platform runs, the closest first. A Windows node runs its own architecture
// only. A node with darwin or freebsd
// also runs Linux.
func runnable(node v1.Platform) []v1.Platform {
	var list []v1.Platform
	add := func(architecture, variant string) {
		p := node
		p.Architecture, p.Variant = normaliseArchitecture(architecture, variant)
		list = append(list, p)
	}
	if node.Architecture != "arm64" || own(node.OS) {
		list = append(list, node)
	}
	switch {
	case node.OS == "darwin" || node.OS == "freebsd":
		node.OS = "linux"
		list = append(list, node)
	case node.OS == "windows":
	case node.Architecture == "amd64":
		for level := number(node.Variant) - 1; level >= 1; level-- {
			add("amd64", "v"+strconv.Itoa(level))
		}
		add("386", "")
	case node.Architecture == "arm":
		for _, variant := range armBelow(number(node.Variant)) {
			add("arm", variant)
		}
	case node.Architecture == "arm64":
		addARM64(node.Variant, add)
	}
	return list
}

// own reports whether nodes of an os run their own architecture only.
func own(os string) bool { return os == "windows" || os == "darwin" || os == "freebsd" }

// addARM64 adds the variants of arm64 from the node's own down to v8, and arm from v8 down. A node with an unknown
// variant runs nothing.
func addARM64(variant string, add func(architecture, variant string)) {
	steps := arm64Steps(variant)
	for _, step := range steps {
		add("arm64", step)
	}
	if steps != nil {
		for _, older := range armBelow(9) {
			add("arm", older)
		}
	}
}

// armBelow are the variants of arm below a number, down to v5.
func armBelow(n int) (variants []string) {
	for n--; n >= 5; n-- {
		variants = append(variants, "v"+strconv.Itoa(n))
	}
	return variants
}

// arm64Steps lists a known variant of arm64 and those below it: v9.N includes v8.(N+5), up to v8.9.
func arm64Steps(variant string) (steps []string) {
	if variant == "" {
		variant = "v8"
	}
	generation, minor, _ := strings.Cut(strings.TrimPrefix(variant, "v"), ".")
	n := 0
	if minor != "" {
		if n = number(minor); len(minor) != 1 || n < 0 {
			return nil
		}
	}
	down := func(generation string, n int) {
		for ; n >= 0; n-- {
			steps = append(steps, strings.TrimSuffix("v"+generation+"."+strconv.Itoa(n), ".0"))
		}
	}
	switch {
	case !strings.HasPrefix(variant, "v") || strings.HasSuffix(variant, "."):
	case generation == "8" && n <= 9:
		down("8", n)
	case generation == "9" && n <= 7:
		down("9", n)
		down("8", min(n+5, 9))
	}
	return steps
}

// number is the number of a variant such as v7; -1 if there is none.
func number(variant string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(variant, "v"))
	if err != nil {
		return -1
	}
	return min(n, 1000)
}
