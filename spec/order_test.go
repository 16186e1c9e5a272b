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
