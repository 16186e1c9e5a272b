package spec

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// specsOf makes specs of words TARGET<SOURCE,SOURCE. A name is a tag of one repository.
func specsOf(t *testing.T, words []string) (specs []Spec) {
	t.Helper()
	for _, word := range words {
		targets, sources, _ := strings.Cut(word, "<")
		text := "image: reg.example/app\ntags: [" + targets + "]\nmanifests:\n"
		for _, source := range strings.Split(sources, ",") {
			text += "- {image: reg.example/app:" + source + ", platform: linux/amd64}\n"
		}
		s, _, err := Load("f", strings.NewReader(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, s)
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
		{[]string{"a<b", "b<a"}, "0 needs 1 needs 0"},
		{[]string{"z<a", "a<b", "b<c", "c<a"}, "1 needs 2 needs 3 needs 1"},
		{[]string{"a<x", "'c, a'<y"}, "0 and 1 both push reg.example/app:a"},
	} {
		words := slices.Clone(test.specs)
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "'", "")
		}
		names := make([]string, len(words))
		for i := range names {
			names[i] = fmt.Sprint(i)
		}
		steps, err := Order(specsOf(t, words), names)
		got := fmt.Sprint(steps)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, test.want) {
			t.Errorf("%q: %s, want %s", test.specs, got, test.want)
		}
	}
}
