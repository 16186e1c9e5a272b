package spec

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// loadedOf makes specs of words TARGET<SOURCE,SOURCE. A name is a tag of one repository.
func loadedOf(t *testing.T, words []string) []Loaded {
	t.Helper()
	var file strings.Builder
	for _, word := range words {
		targets, sources, _ := strings.Cut(word, "<")
		fmt.Fprintf(&file, "---\nimage: reg.example/app\ntags: [%s]\nmanifests: [", targets)
		for _, source := range strings.Split(sources, ",") {
			fmt.Fprintf(&file, "{image: reg.example/app:%s, platform: linux/amd64},", source)
		}
		file.WriteString("]\n")
	}
	specs, _, err := LoadAll("f", strings.NewReader(file.String()), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return specs
}

func TestOrder(t *testing.T) {
	for _, test := range []struct {
		specs []string
		want  string // the specs in their order, each with the steps before it
	}{
		{[]string{"a<x", "b<y"}, "[{0 []} {1 []}]"},
		{[]string{"a<b", "b<x"}, "[{1 []} {0 [0]}]"},
		{[]string{"a<b,c", "b<c", "c<x"}, "[{2 []} {1 [0]} {0 [1 0]}]"},
		{[]string{"'a,b'<a", "c<b"}, "[{0 []} {1 [0]}]"},
		{[]string{"a<x@sha256:" + strings.Repeat("a", 64), "x<y"}, "[{0 []} {1 []}]"},
		{[]string{"a<b", "b<a"}, "f:1 needs f:5 needs f:1"},
		{[]string{"z<a", "a<b", "b<c", "c<a"}, "f:5 needs f:9 needs f:13 needs f:5"},
		{[]string{"a<x", "'c, a'<y"}, "f:1 and f:5 both push reg.example/app:a"},
	} {
		words := slices.Clone(test.specs)
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "'", "")
		}
		steps, err := Order(loadedOf(t, words))
		got := fmt.Sprint(steps)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, test.want) {
			t.Errorf("%q: %s, want %s", test.specs, got, test.want)
		}
	}
}

type platformTagCase struct {
	source, base string
	names        []string
	want         string
}

// platformTagCases are two specs, of which the first may take a tag that the second makes by --platform-tags.
var platformTagCases = map[string]platformTagCase{
	"known":                   {source: "app:1-arm64", base: "platform-tags: TAG-ARCH\nmanifests: [{image: reg.example/a, platform: linux/arm64}]", want: "[{1 []} {0 [0]}]"},
	"not made":                {source: "app:1-s390x", base: "platform-tags: TAG-ARCH\nmanifests: [{image: reg.example/a, platform: linux/arm64}]", want: "[{0 []} {1 []}]"},
	"another name":            {source: "app:1-aarch64", base: "platform-tags: TAG-ARCH\nmanifests: [{image: reg.example/a, platform: linux/arm64}]", names: []string{"arm64=aarch64"}, want: "[{1 []} {0 [0]}]"},
	"platform of the image":   {source: "app:1-arm64", base: "platform-tags: TAG-ARCH\nmanifests: [{image: reg.example/a}]", want: "[{1 []} {0 [0]}]"},
	"another tag":             {source: "app:2-arm64", base: "platform-tags: TAG-ARCH\nmanifests: [{image: reg.example/a}]", want: "[{0 []} {1 []}]"},
	"another repository":      {source: "other:1-arm64", base: "platform-tags: TAG-ARCH\nmanifests: [{image: reg.example/a}]", want: "[{0 []} {1 []}]"},
	"variant of the image":    {source: "app:1-arm-v7", base: "platform-tags: TAG-ARCHVARIANT\nmanifests: [{image: reg.example/a, platform: linux/arm}]", names: []string{"arm/v7=arm-v7"}, want: "[{1 []} {0 [0]}]"},
	"empty variant":           {source: "app:1-amd64", base: "platform-tags: TAG-ARCH-VARIANT\nmanifests: [{image: reg.example/a, platform: linux/amd64}]", want: "[{1 []} {0 [0]}]"},
	"unknown at the front":    {source: "app:arm64-1", base: "platform-tags: ARCH-TAG\nmanifests: [{image: reg.example/a}]", want: "[{1 []} {0 [0]}]"},
	"unknown and another end": {source: "app:arm64-2", base: "platform-tags: ARCH-TAG\nmanifests: [{image: reg.example/a}]", want: "[{0 []} {1 []}]"},
	"a digest":                {source: "app:1-arm64@sha256:" + strings.Repeat("a", 64), base: "platform-tags: TAG-ARCH\nmanifests: [{image: reg.example/a}]", want: "[{0 []} {1 []}]"},
	"its own tags":            {source: "app:1", base: "platform-tags: TAG-ARCH\nmanifests: [{image: reg.example/app:1-arm64}]", want: "[{1 []} {0 [0]}]"},
	"a guess in a circle":     {source: "app:1-arm64", base: "platform-tags: TAG-ARCH\nmanifests: [{image: reg.example/top:1}]", want: "[{0 []} {1 [0]}]"},
	"a circle":                {source: "app:1-arm64", base: "platform-tags: TAG-ARCH\nmanifests: [{image: reg.example/top:1, platform: linux/arm64}]", want: "f:1 needs f:3 needs f:1"},
}

func (c platformTagCase) load(t *testing.T) []Loaded {
	t.Helper()
	const top = "image: reg.example/top:1\nmanifests: [{image: reg.example/%s, platform: linux/amd64}]\n---\nimage: reg.example/app:1\n"
	specs, _, err := LoadAll("f", strings.NewReader(fmt.Sprintf(top, c.source)+c.base), nil, Options{ArchNames: c.names})
	if err != nil {
		t.Fatal(err)
	}
	return specs
}

// A source that is a tag of --platform-tags comes after the spec that makes it, also where the tag depends on the image.
func TestOrderByPlatformTags(t *testing.T) {
	for name, test := range platformTagCases {
		steps, err := Order(test.load(t))
		got := fmt.Sprint(steps)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, test.want) {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
