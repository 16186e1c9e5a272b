package spec

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func emptyFieldTests() []struct{ in, want string } {
	return []struct{ in, want string }{
		{`{os: windows, architecture: amd64, os.version: ""}`, "windows/amd64 no os.version"},
		{`{os: windows, architecture: amd64, osversion: ''}`, "windows/amd64 no os.version"},
		{`{os: windows, architecture: amd64, os_version: " "}`, "windows/amd64 no os.version"},
		{`{os: windows, architecture: amd64, osVersion: !!str }`, "windows/amd64 no os.version"},
		{`{"os": "windows", "architecture": "amd64", "os.version": "", "os.features": []}`, "windows/amd64 no os.features no os.version"},
		{"\n    os: windows\n    os.version: &e ''\n    architecture: *e\n", "windows/ no os.version"},
		{`{os.version: "", os.features: ['']}`, "/ no os.features no os.version"},
		{`{os.features: [], os.version: "10"}`, "/:10 no os.features"},
		{`{osfeatures: ''}`, "/ no os.features"},
		{`{os_features: []}`, "/ no os.features"},
		{`{osFeatures: [], os: linux}`, "linux/ no os.features"},
		{`{<<: {os.version: '10', os: windows}, os.version: ''}`, "windows/ no os.version"},
		{`{<<: {os.version: '', os: windows}}`, "windows/ no os.version"},
		{`{os.version: , os.features: ~, os: windows}`, "windows/"}, // nothing is not given
		{`{os: '', architecture: "", os.version: null}`, "/"},
		{`{os: linux, architecture: arm, variant: "", features: []}`, "linux/arm"}, // as generators write it
		{`none`, "/ none"},
		{`"none"`, "/ none"},
		{`null`, "/"},
	}
}

func TestLoadEmptyFields(t *testing.T) {
	for _, test := range emptyFieldTests() {
		s := load(t, "image: a:1\nmanifests:\n- image: b:1\n  platform: "+test.in)
		if got, _ := strings.CutPrefix(specText(s), "docker.io/library/a [1] auto\n"); !strings.HasSuffix(got, "b:1 "+test.want+"\n") {
			t.Errorf("%s is %q, want %q", test.in, got, test.want)
		}
		if diff := cmp.Diff(specText(s), specText(written(t, s))); diff != "" {
			t.Errorf("%s comes back as (-want +got):\n%s", test.in, diff)
		}
	}
}

func TestLoadEmptyFieldsJSON(t *testing.T) {
	s := load(t, `{"image": "a:1", "manifests": [{"image": "b:1", "platform": {"os": "windows", "osversion": "", "os.features": []}},
		{"image": "c:1", "platform": "none"}, {"image": "d:1", "platform": {"os.version": null}}]}`)
	want := "docker.io/library/a [1] auto\ndocker.io/library/b:1 windows/ no os.features no os.version\ndocker.io/library/c:1 / none\ndocker.io/library/d:1 /\n"
	if got := specText(s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWriteEntry(t *testing.T) {
	s := load(t, "image: a:1\nmanifests:\n- {image: b:1, platform: none, annotations: {k: v}}\n- {image: c:1, platform: {os: windows, os.features: [], os.version: ''}}\n- {image: d:1}\n")
	raw, err := s.Write("")
	want := `image: docker.io/library/a:1
manifests:
  - image: docker.io/library/b:1
    platform: none
    annotations:
      k: v
  - image: docker.io/library/c:1
    platform: {os: windows, os.version: "", os.features: []}
  - image: docker.io/library/d:1
`
	if err != nil || string(raw) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, raw, want)
	}
}

func TestClearEmpty(t *testing.T) {
	image := v1.Platform{OS: "windows", Architecture: "amd64", OSVersion: "10", OSFeatures: []string{"win32k"}}
	tests := []struct {
		platform string
		want     string
		says     bool
	}{
		{"{}", "windows/amd64:10[win32k]", false},
		{"{os: windows}", "windows/amd64:10[win32k]", true},
		{"{os.version: ''}", "windows/amd64[win32k]", true},
		{"{os.features: []}", "windows/amd64:10", true},
		{"{os.features: [], os.version: ''}", "windows/amd64", true},
		{"none", "/", true},
	}
	for _, test := range tests {
		e := load(t, "image: a:1\nmanifests: [{image: b, platform: "+test.platform+"}]").Entries[0]
		if got := platformText(e.ClearEmpty(image)); got != test.want || e.SaysPlatform() != test.says {
			t.Errorf("%s: %s, %v, want %s, %v", test.platform, got, e.SaysPlatform(), test.want, test.says)
		}
	}
}

func TestAnnotateEmpty(t *testing.T) {
	type field = v1.Platform
	tests := []struct {
		platform string
		given    v1.Platform
		empty    []string
		want     string // "" if it is an error
	}{
		{"'windows/amd64:10'", field{}, []string{"os.version"}, "windows/amd64 no os.version"},
		{"windows/amd64", field{}, []string{"os.version", "os.features", "os.version"}, "windows/amd64 no os.features no os.version"},
		{"{os: windows, os.features: [win32k]}", field{}, []string{"os.features"}, "windows/ no os.features"},
		{"{os: windows, os.version: ''}", field{OSVersion: "10"}, nil, "windows/:10"},
		{"{os: windows, os.version: '', os.features: []}", field{OSFeatures: []string{"x"}}, nil, "windows/[x] no os.version"},
		{"{os.version: ''}", field{OS: "windows", Architecture: "amd64"}, nil, "windows/amd64 no os.version"},
		{"none", field{}, nil, "/ none"},
		{"none", field{OS: "linux", Architecture: "amd64"}, nil, "linux/amd64"},
		{"none", field{}, []string{"os.version"}, "/ no os.version"},
		{"linux/arm/v7", field{}, []string{"variant"}, ""},
		{"linux/arm/v7", field{}, []string{"os"}, ""},
	}
	for _, test := range tests {
		s := load(t, "image: q.io/a:1\nmanifests: [{image: 'q.io/b:1', platform: "+test.platform+"}]")
		err := s.Annotate(s.Entries[0].Source, test.given, nil, test.empty...)
		if (err != nil) != (test.want == "") {
			t.Errorf("%s %+v %q: %v", test.platform, test.given, test.empty, err)
		}
		want := "q.io/a [1] auto\nq.io/b:1 " + test.want + "\n"
		if err == nil && specText(s) != want {
			t.Errorf("%s %+v %q is\n%s\nwant\n%s", test.platform, test.given, test.empty, specText(s), want)
		}
	}
	s := load(t, "image: a\ntype: docker\nmanifests: [{image: b, platform: {os: windows}}]")
	s.Entries[0].NoPlatform = true
	if err := s.Annotate(s.Entries[0].Source, v1.Platform{}, nil); err == nil {
		t.Error("an image without a platform is in a Docker list")
	}
}
