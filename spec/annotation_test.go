package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestParseAnnotations(t *testing.T) {
	type annotations = map[string]string
	tests := []struct {
		name           string
		singles, lists []string
		want           annotations
	}{
		{"none", nil, nil, annotations{}},
		{"a single one is never split", []string{"k=a,b=c"}, nil, annotations{"k": "a,b=c"}},
		{"a list is", nil, []string{"k=a,b=c"}, annotations{"k": "a", "b": "c"}},
		{"only before a new key", nil, []string{"k=a,x,y,b=c"}, annotations{"k": "a,x,y", "b": "c"}},
		{"text in front of an equals sign is no key", nil, []string{"k=Hello, the sum x=1,b=c"}, annotations{"k": "Hello, the sum x=1", "b": "c"}},
		{"blank behind the comma", nil, []string{"k=a, b=c"}, annotations{"k": "a", "b": "c"}},
		{"equals signs", []string{"url=https://h/?a=1&b=2"}, []string{"k=a==,b=c=d"}, annotations{"url": "https://h/?a=1&b=2", "k": "a==", "b": "c=d"}},
		{"comma at the end", nil, []string{"k=a,"}, annotations{"k": "a,"}},
		{"no key behind the comma", nil, []string{"k=a,=c"}, annotations{"k": "a,=c"}},
		{"empty value", []string{"k="}, []string{"a=,b="}, annotations{"k": "", "a": "", "b": ""}},
		{"blanks in a value", []string{"k= a b "}, nil, annotations{"k": " a b "}},
		{"several flags", []string{"a=1", "b=2"}, []string{"c=3", "d=4,e=5"}, annotations{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}},
		{"the same twice", []string{"k=1"}, []string{"k=1,k=1"}, annotations{"k": "1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseAnnotations(tt.singles, tt.lists)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Index); diff != "" {
				t.Errorf("ParseAnnotations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseAnnotationsRefuses(t *testing.T) {
	tests := []struct {
		name           string
		singles, lists []string
		want           string
	}{
		{"no equals sign", []string{"k"}, nil, `annotation "k": expected key=value`},
		{"no equals sign in a list", nil, []string{"k"}, `annotation "k": expected key=value`},
		{"no equals sign first in a list", nil, []string{"k,a=b"}, `annotation "k": expected key=value`},
		{"nothing", []string{""}, nil, `annotation "": expected key=value`},
		{"no key", []string{"=x"}, nil, `annotation "=x": the key is missing`},
		{"a blank as key", []string{" =x"}, nil, "the key is missing"},
		{"two values", []string{"k=1"}, []string{"k=2"}, `annotation "k" is given twice: "1" and "2"`},
		{"a single image", []string{"manifest:k=v"}, nil, "images are never rewritten"},
		{"the index as a descriptor", []string{"index-descriptor:k=v"}, nil, "images are never rewritten"},
		{"no list of scopes", []string{"index,:k=v"}, nil, "images are never rewritten"},
		{"a platform of the index", []string{"index[linux/amd64]:k=v"}, nil, "the index has no platform"},
		{"no platform", []string{"manifest-descriptor[linux]:k=v"}, nil, `annotation "k": platform "linux"`},
		{"a scope and no key", []string{"manifest-descriptor:=v"}, nil, "the key is missing"},
		{"two values for an image", []string{"manifest-descriptor[linux/arm64]:k=v", "manifest-descriptor[linux/aarch64]:k=w"}, nil, "given twice"},
		{"two values in a list", nil, []string{"k=1,k=2"}, `annotation "k" is given twice: "1" and "2"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := ParseAnnotations(tt.singles, tt.lists); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParseAnnotations = %q, %v; want it to say %q", got, err, tt.want)
			}
		})
	}
}

func TestParseScopedAnnotations(t *testing.T) {
	got, err := ParseAnnotations(
		[]string{"index:a=1", "manifest-descriptor:b=x:y=z", "manifest-descriptor[linux/aarch64]:b=3", "index,manifest-descriptor:c=4"},
		[]string{"d=5,manifest-descriptor[windows/amd64]:e=6,index:f=7", "indexes:g=8"})
	if err != nil {
		t.Fatal(err)
	}
	want := Annotations{
		Index: map[string]string{"a": "1", "c": "4", "d": "5", "f": "7", "indexes:g": "8"},
		Images: []ImageAnnotation{
			{Key: "b", Value: "x:y=z"}, {v1.Platform{OS: "linux", Architecture: "arm64"}, "b", "3"}, {Key: "c", Value: "4"},
			{v1.Platform{OS: "windows", Architecture: "amd64"}, "e", "6"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ParseAnnotations (-want +got):\n%s", diff)
	}
}

// Those of the command line win.
func TestAnnotationsOfBoth(t *testing.T) {
	in := "image: a:1\nannotations: {a: file, b: file}\nmanifests: [{image: b}]"
	s, _, err := Load("spec.yaml", strings.NewReader(in), Options{Annotations: Annotations{Index: map[string]string{"b": "flag", "c": "flag"}}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a": "file", "b": "flag", "c": "flag"}, s.Annotations); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	args := Args{Platforms: []string{"linux/amd64"}, Template: "a:ARCH", Target: "a:1"}
	if s, _, err = FromArgs(args, Options{Annotations: Annotations{Index: map[string]string{"k": "v"}}}); err != nil || s.Annotations["k"] != "v" {
		t.Errorf("from arguments: %v, %v", s.Annotations, err)
	}
	_, _, err = Load("spec.yaml", strings.NewReader("image: a:1\ntype: docker\nmanifests: [{image: b}]"), Options{Annotations: Annotations{Images: []ImageAnnotation{{Key: "k"}}}})
	if err == nil || !strings.Contains(err.Error(), "a Docker list cannot hold annotations") {
		t.Errorf("annotations of a Docker list: %v", err)
	}
}
