package spec

import (
	"slices"
	"strings"
	"testing"
)

const someDigest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestFromCopy(t *testing.T) {
	for _, test := range []struct {
		source  string
		targets string
		tags    string
		options Options
		want    string // the targets with their tags
		says    string // the error
	}{
		{source: "h.test/a:1", targets: "h.test/b", want: "h.test/b:1"},
		{source: "h.test/a", targets: "h.test/b", want: "h.test/b:latest"},
		{source: "h.test/a:1@" + someDigest, targets: "h.test/b", want: "h.test/b:1"},
		{source: "h.test/a:1", targets: "h.test/b:2 h.test/b h.test/c", want: "h.test/b:2,1 h.test/c:1"},
		{source: "h.test/a:1", targets: "h.test/b", tags: "2 3", want: "h.test/b:2,3"},
		{source: "h.test/a:1", targets: "h.test/b:2", tags: "3", want: "h.test/b:2,3"},
		{source: "oci-layout:d:1", targets: "h.test/b", want: "h.test/b:1"},
		{source: "oci-layout:d:h.test/a:1", targets: "h.test/b", says: "the name of oci-layout:d:h.test/a:1 is not a valid tag"},
		{source: "oci-layout:d", targets: "h.test/b", says: "oci-layout:d has no tag to copy"},
		{source: "h.test/a@" + someDigest, targets: "h.test/b", says: "the tag is missing"},
		{source: "h.test/a@" + someDigest, targets: "h.test/b", options: Options{ByDigest: true}, want: "h.test/b:"},
		{source: "h.test/a:1", targets: "h.test/b@" + someDigest, says: "not a digest"},
		{source: "h.test/A:1", targets: "h.test/b", says: "must be in lower case"},
		{source: "h.test/a:1", targets: "h.test/b", options: Options{PlatformTags: "TAG"}, says: "add ARCH"},
		{source: "h.test/a:1", targets: "h.test/b", tags: "$X", says: "was not replaced"},
	} {
		s, _, err := FromCopy(Copy{test.source, strings.Fields(test.targets), strings.Fields(test.tags)}, test.options)
		var got []string
		for _, target := range s.Targets {
			got = append(got, target.Place.String()+":"+strings.Join(target.Tags, ","))
		}
		switch {
		case test.says != "":
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s to %s: %v", test.source, test.targets, err)
			}
		case err != nil || strings.Join(got, " ") != test.want:
			t.Errorf("%s to %s: %q, %v", test.source, test.targets, got, err)
		}
	}
}

func TestIsAboutImage(t *testing.T) {
	tag := strings.Replace(someDigest, ":", "-", 1)
	for _, about := range []string{tag, tag + ".sig", tag + ".att", tag + ".sbom"} {
		if !IsAboutImage(about) {
			t.Errorf("%s is not taken for what it is", about)
		}
	}
	for _, image := range []string{"latest", tag + ".tar", "sha256-abc", "x" + tag, tag[:len(tag)-1]} {
		if IsAboutImage(image) {
			t.Errorf("%s is no image", image)
		}
	}
}

func TestRepositoryCopyTakes(t *testing.T) {
	all := []string{"0.9", "1.0", "1.1", "latest"}
	for filter, want := range map[string][]string{"": all, "*": all, "1.*": {"1.0", "1.1"}, "[01].[09]": {"0.9", "1.0"}, "x": nil} {
		r, err := FromRepository(Copy{Source: "h.test/a", Targets: []string{"h.test/b"}}, filter, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc(slices.Clone(all), func(tag string) bool { return !r.Takes(tag) })
		if !slices.Equal(got, want) {
			t.Errorf("%q takes %q", filter, got)
		}
	}
}
