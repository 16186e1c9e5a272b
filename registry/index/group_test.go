package index_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// platformOf reads a platform in one of the forms of [platforms.Parse]. A "*" is a field left out.
func platformOf(t testing.TB, s string) v1.Platform {
	t.Helper()
	p, err := platforms.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	if p.OSVersion == "*" {
		p.OSVersion = ""
	}
	return p
}

// groups are spellings of platforms. Each line is one group.
var groups = []string{
	"linux/amd64 linux/amd64/v1 linux/x86_64 linux/x86-64/v1 Linux/AMD64 linux/x64 linux(+f)/amd64",
	"linux/amd64/v2 linux/x86_64/v2 linux/amd64/x86-64-v2",
	"linux/amd64/v3 linux/amd64/x86_64_v3",
	"linux/arm64 linux/arm64/v8 linux/aarch64 linux/arm64v8 linux/arm64/8 linux(+a+b)/arm64",
	"linux/arm64/v9",
	"linux/arm linux/arm/v7 linux/armhf linux/armv7l linux/arm/7",
	"linux/arm/v6 linux/armel linux/armv6",
	"linux/arm/v5",
	"windows/amd64",
	"windows/amd64:10.0.17763.1 windows(10.0.17763.1)/amd64 windows(10.0.17763.1+win32k)/amd64",
	"windows/amd64:10.0.17763.2",
	"darwin/arm64 macos/aarch64",
	"linux/386 linux/i386 linux/i686",
	"linux/ppc64le linux/ppc64el",
}

// TestSameGroup compares every spelling with every other.
func TestSameGroup(t *testing.T) {
	pairs := 0
	for i, a := range groups {
		for k, b := range groups {
			for _, one := range strings.Fields(a) {
				for _, other := range strings.Fields(b) {
					pairs++
					if got := index.SameGroup(platformOf(t, one), platformOf(t, other)); got != (i == k) {
						t.Errorf("SameGroup(%s, %s) = %v", one, other, got)
					}
				}
			}
		}
	}
	if pairs < 1000 {
		t.Errorf("only %d pairs", pairs)
	}
}

// entriesOf makes entries of words. A word is a platform; "sbom" is an artifact without platform, "+N" an
// attestation of entry N, "~N" a companion of it, "disk:PLATFORM" an artifact.
func entriesOf(t testing.TB, words string) []index.Entry {
	t.Helper()
	var entries []index.Entry
	for i, word := range strings.Fields(words) {
		e := index.Entry{Kind: index.Image, Descriptor: v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: registry.DigestOf(fmt.Append(nil, i, word))}}
		var n int
		switch {
		case word == "sbom":
			e.Kind = index.Artifact
		case word[0] == '+' || word[0] == '~':
			if _, err := fmt.Sscan(word[1:], &n); err != nil {
				t.Fatal(err)
			}
			e.Kind, e.Subject = index.Attestation, entries[n].Descriptor.Digest
			if word[0] == '~' {
				e.Kind, e.Platform = index.Companion, entries[n].Platform
			}
		case strings.HasPrefix(word, "disk:"):
			e.Kind, e.Platform = index.Artifact, platformOf(t, strings.TrimPrefix(word, "disk:"))
		default:
			e.Platform = platformOf(t, word)
		}
		entries = append(entries, e)
	}
	return entries
}

const (
	levels  = "linux/amd64 linux/amd64/v2 linux/amd64/v3 linux/arm64 +0 +1 +2 +3"
	copies  = "linux/amd64 linux/arm64 linux/amd64 linux/arm64"
	windows = "windows/amd64:10.0.17763.1 windows/amd64:10.0.20348.1 windows/amd64"
	nydus   = "linux/amd64 linux(+nydus)/amd64 ~0 sbom"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		entries, want string
		at            []int
		err           error
	}{
		{levels, "linux/amd64", []int{0, 4}, nil},
		{levels, "linux/amd64/v1", []int{0, 4}, nil},
		{levels, "linux/x86_64", []int{0, 4}, nil},
		{levels, "linux/amd64/v2", []int{1, 5}, nil},
		{levels, "linux/amd64/v3", []int{2, 6}, nil},
		{levels, "linux/amd64/v4", nil, registry.ErrNotFound},
		{levels, "linux/aarch64/v8", []int{3, 7}, nil},
		{levels, "windows/amd64", nil, registry.ErrNotFound},
		{"linux/amd64/v2 linux/amd64/v3", "linux/amd64", nil, registry.ErrInvalid},
		{"linux/amd64/v2 linux/arm64", "linux/amd64", []int{0}, nil},
		{"linux/amd64/v2 linux/amd64/v2", "linux/amd64", []int{0, 1}, nil},
		{"linux/arm/v5 linux/arm/v6", "linux/arm", nil, registry.ErrInvalid},
		{"linux/arm/v5 linux/arm/v7 linux/arm/v6", "linux/arm", []int{1}, nil},
		{"linux/arm/v5 linux/arm linux/arm/v6", "linux/arm/v7", []int{1}, nil},
		{copies, "linux/amd64", []int{0, 2}, nil},
		{windows, "windows/amd64", []int{2}, nil},
		{windows, "windows/amd64:10.0.20348.1", []int{1}, nil},
		{windows, "windows/amd64:10.0.1.1", nil, registry.ErrNotFound},
		{"windows/amd64:10.0.17763.1 windows/amd64:10.0.20348.1", "windows/amd64", nil, registry.ErrInvalid},
		{"windows/amd64:10.0.17763.1", "windows/amd64", []int{0}, nil},
		{nydus, "linux/amd64", []int{0, 1, 2}, nil},
		{nydus, "linux(+nydus)/amd64", []int{1}, nil},
		{nydus, "linux(+other)/amd64", nil, registry.ErrNotFound},
		{"disk:linux/amd64 linux/arm64", "linux/amd64", []int{0}, nil},
		{"disk:linux/x86_64 linux/amd64", "linux/amd64", []int{0, 1}, nil},
		{"sbom", "linux/amd64", nil, registry.ErrNotFound},
		{"", "linux/amd64", nil, registry.ErrNotFound},
	} {
		t.Run(tt.entries+" for "+tt.want, func(t *testing.T) {
			at, err := index.Match(entriesOf(t, tt.entries), platformOf(t, tt.want))
			if diff := cmp.Diff(tt.at, at); diff != "" || !errors.Is(err, tt.err) {
				t.Errorf("Match = %v, %v, want %v, %v", at, err, tt.at, tt.err)
			}
		})
	}
}

// An error that lists groups names the platform and the digest that pick each.
func TestMatchListsGroups(t *testing.T) {
	entries := entriesOf(t, "linux/arm/v5 linux/arm/v6 linux/arm/v6 windows/amd64:1 windows/amd64:2")
	for want, picks := range map[string][]int{"linux/arm": {0, 1}, "windows/amd64": {3, 4}} {
		_, err := index.Match(entries, platformOf(t, want))
		for _, i := range picks {
			e := entries[i]
			if text := fmt.Sprintf("%s (%s)", e.Platform, e.Descriptor.Digest); err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("Match(%s) is %v, want %s in the error", want, err, text)
			}
			if at, err := index.Match(entries, e.Platform); err != nil || at[0] != i {
				t.Errorf("%s picks %v, %v, want %d", e.Platform, at, err, i)
			}
		}
	}
}

func TestSelect(t *testing.T) {
	for _, tt := range []struct {
		entries, wants string
		selected       string // a digit for each entry
		lacking        string
	}{
		{levels, "linux/amd64", "10001000", ""},
		{levels, "linux/amd64/v2 linux/arm64", "01010101", ""},
		{levels, "linux/amd64 linux/s390x", "10001000", "linux/s390x"},
		{"linux/amd64/v2 linux/amd64/v3 sbom", "linux/amd64", "110", ""},
		{"windows/amd64:1 windows/amd64:2 linux/amd64", "windows/amd64", "110", ""},
		{windows, "windows/amd64", "001", ""},
		{copies, "linux/amd64", "1010", ""},
		{nydus, "linux/amd64", "1110", ""},
		{nydus, "linux(+nydus)/amd64", "0100", ""},
		{nydus, "linux(+nydus)/amd64 linux(+x)/amd64", "0100", "linux(+x)/amd64"},
		{"disk:linux/amd64 linux/arm64 sbom", "linux/x86_64", "100", ""},
		{"linux/amd64 sbom", "linux/arm64", "00", "linux/arm64"},
		{"linux/amd64 +0 linux/arm64 +2", "", "0000", ""},
		{"linux/arm/v6 linux/arm/v7", "linux/arm", "01", ""},
	} {
		t.Run(tt.entries+" for "+tt.wants, func(t *testing.T) {
			var wants, lacking []v1.Platform
			for _, word := range strings.Fields(tt.wants) {
				wants = append(wants, platformOf(t, word))
			}
			for _, word := range strings.Fields(tt.lacking) {
				lacking = append(lacking, platformOf(t, word))
			}
			selected, got := index.Select(entriesOf(t, tt.entries), wants)
			digits := ""
			for _, ok := range selected {
				digits += map[bool]string{true: "1", false: "0"}[ok]
			}
			if digits != tt.selected || cmp.Diff(lacking, got) != "" {
				t.Errorf("Select = %s, %v, want %s, %v", digits, got, tt.selected, lacking)
			}
		})
	}
}

// An image serves a platform, and an artifact does not.
func TestLacking(t *testing.T) {
	entries := entriesOf(t, "linux/amd64/v2 disk:linux/arm64 sbom windows/amd64:1")
	var wants []v1.Platform
	for _, word := range strings.Fields("linux/amd64 linux/amd64/v1 linux/arm64 windows/amd64") {
		wants = append(wants, platformOf(t, word))
	}
	got := index.PlatformList(index.Lacking(entries, wants))
	if want := "linux/amd64/v1, linux/arm64"; got != want {
		t.Errorf("Lacking = %s, want %s", got, want)
	}
}

// One attestation that two equal images share belongs to both, and goes with either.
func TestSharedAttestation(t *testing.T) {
	entries := entriesOf(t, "linux/amd64 linux/arm64 +0")
	entries[1].Descriptor.Digest = entries[0].Descriptor.Digest
	for want, at := range map[string][]int{"linux/amd64": {0, 2}, "linux/arm64": {1, 2}} {
		got, err := index.Match(entries, platformOf(t, want))
		if err != nil || !slices.Equal(got, at) {
			t.Errorf("Match(%s) = %v, %v, want %v", want, got, err, at)
		}
	}
}

func TestDuplicates(t *testing.T) {
	const other = "io.github.containers.compression.zstd"
	for name, tt := range map[string]struct {
		a, b   string
		change func(a, b *index.Entry)
		want   bool
	}{
		"plain":                {"linux/amd64", "linux/amd64", nil, true},
		"usual variant":        {"linux/amd64", "linux/x86_64/v1", nil, true},
		"another variant":      {"linux/amd64", "linux/amd64/v2", nil, false},
		"another version":      {"windows/amd64:1", "windows/amd64:2", nil, false},
		"no version":           {"windows/amd64:1", "windows/amd64", nil, false},
		"one source":           {"linux/amd64", "linux/amd64", func(a, b *index.Entry) { b.Origin.Source = a.Origin.Source }, false},
		"same digest":          {"linux/amd64", "linux/amd64", func(a, b *index.Entry) { b.Descriptor.Digest = a.Descriptor.Digest }, true},
		"os.features":          {"linux/amd64", "linux(+nydus)/amd64", nil, false},
		"order of os.features": {"linux(+a+b)/amd64", "linux(+b+a)/amd64", nil, true},
		"features":             {"linux/amd64", "linux/amd64", func(a, _ *index.Entry) { a.Platform.Features = []string{"sse4"} }, false},
		"artifact":             {"linux/amd64", "disk:linux/amd64", nil, false},
		"artifacts":            {"disk:linux/amd64", "disk:linux/amd64", nil, true},
		"artifactType":         {"disk:linux/amd64", "disk:linux/amd64", func(a, _ *index.Entry) { a.Descriptor.ArtifactType = "x/y" }, false},
		"annotation":           {"linux/amd64", "linux/amd64", func(a, _ *index.Entry) { a.Descriptor.Annotations = map[string]string{other: "true"} }, false},
		"empty annotation":     {"linux/amd64", "linux/amd64", func(a, _ *index.Entry) { a.Descriptor.Annotations = map[string]string{other: ""} }, false},
		"no annotations":       {"linux/amd64", "linux/amd64", func(a, _ *index.Entry) { a.Descriptor.Annotations = map[string]string{} }, true},
		"annotation of the build": {"linux/amd64", "linux/amd64", func(a, _ *index.Entry) {
			a.Descriptor.Annotations = map[string]string{"org.opencontainers.image.created": "1970-01-01T00:00:00Z", "org.opencontainers.image.revision": "1"}
		}, true},
		"recorded source": {"linux/amd64", "linux/amd64", func(a, b *index.Entry) {
			a.Descriptor.Annotations = map[string]string{index.SourceName: "reg.test/a:1", index.SourceDigest: a.Descriptor.Digest.String()}
			b.Descriptor.Annotations = map[string]string{index.SourceName: "reg.test/b:1", index.SourceDigest: b.Descriptor.Digest.String()}
		}, true},
		"config": {"linux/amd64", "linux/amd64", func(a, b *index.Entry) {
			a.Origin.Config, b.Origin.Config = types.OCIConfigJSON, "application/vnd.wasm.config.v0+json"
		}, false},
		"docker's config": {"linux/amd64", "linux/amd64", func(a, b *index.Entry) {
			a.Origin.Config, b.Origin.Config = types.OCIConfigJSON, types.DockerConfigJSON
		}, true},
		"unknown config": {"linux/amd64", "linux/amd64", func(a, _ *index.Entry) { a.Origin.Config = types.OCIConfigJSON }, true},
		"no platform":    {"sbom", "sbom", nil, false},
		"attestations":   {"+0", "+0", nil, false},
		"companions":     {"~0", "~0", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			entries := entriesOf(t, "linux/s390x "+tt.a+" "+tt.b)
			for i := range entries {
				entries[i].Origin.Source = fmt.Sprint(i)
			}
			if tt.change != nil {
				tt.change(&entries[1], &entries[2])
			}
			a, b, found := index.Duplicates(entries)
			if found != tt.want || found && (a != 1 || b != 2) {
				t.Errorf("Duplicates = %d, %d, %v, want %v", a, b, found, tt.want)
			}
		})
	}
}
