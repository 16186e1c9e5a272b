package spec

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

var sameSpec = []cmp.Option{cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b Place) bool { return a == b }),
	cmp.Comparer(func(a, b PlatformTags) bool { return a.template == b.template })}

func load(t *testing.T, in string) Spec {
	t.Helper()
	s, _, err := Load("spec.yaml", strings.NewReader(in), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// written reads a spec back that was written.
func written(t *testing.T, s Spec) Spec {
	t.Helper()
	raw, err := s.Write("one line\nand --- another: [")
	if err != nil {
		t.Fatal(err)
	}
	back, notes, err := Load("draft.yaml", bytes.NewReader(raw), Options{Strict: true, AllowUnknownPlatform: true, ByDigest: len(s.Targets[0].Tags) == 0})
	if err != nil || len(notes) > 0 {
		t.Fatalf("%v %q\n%s", err, notes, raw)
	}
	return back
}

func TestWrite(t *testing.T) {
	for _, in := range []string{
		"image: a\nmanifests: [{image: b}]",
		"image: [a:1, b:2, a:1.0]\nplatform-tags: TAG-ARCH\ntags: [c]\nmanifests: [{image: b}]",
		"image: localhost:5000/a:1.10\ntags: ['3.10', '0x1F', latest]\ntype: docker\nmanifests:\n- {image: 'b:1@" + digest + "', platform: linux/arm/7}\n- image: oci-layout:some dir:x\n",
		"image: a\nannotations: {'<<': '*x', a: \"b\\nc \\n\", null: 'yes', 'k: v': '#', e: ''}\nmanifests: [{image: b, annotations: {'1': \" 2\"}}]",
		"image: a\nmanifests: [{image: b, platform: {os: windows, architecture: 386, os.version: '10.0', os.features: [win32k, 'a, b'], features: ['1e3', '{}']}}]",
	} {
		s := load(t, in)
		if diff := cmp.Diff(s, written(t, s), sameSpec...); diff != "" {
			t.Errorf("%s\ncomes back as (-want +got):\n%s", in, diff)
		}
	}
}

func TestWriteReads(t *testing.T) {
	s := load(t, "image: docker.io/acme/app:1.0\nmanifests:\n- {image: acme/app:1.0-arm@"+digest+", platform: {os: linux, architecture: arm, variant: v7}}")
	raw, err := s.Write("for people")
	want := "# for people\nimage: docker.io/acme/app:1.0\nmanifests:\n  - image: docker.io/acme/app:1.0-arm@" + digest +
		"\n    platform: {os: linux, architecture: arm, variant: v7}\n"
	if err != nil || string(raw) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, raw, want)
	}
}

func TestWriteLimit(t *testing.T) {
	s := load(t, "image: a\nmanifests: [{image: b}]")
	s.Annotations = map[string]string{"k": strings.Repeat("x", maxFile)}
	if _, err := s.Write(""); err == nil {
		t.Error("a spec is written that is too large to be read")
	}
}

func FuzzWrite(f *testing.F) {
	f.Add("app:1.0", "linux", "arm", "v7", "10.0", "k", "v")
	f.Add("localhost:5000/a@"+digest, "x: y", "- a", "#", "0o7", "<<", "\n a\n\n")
	f.Add("oci-layout:C:\\a b:c", "null", "~", "'", "\"", "\u2028", "\ta\r\n")
	f.Add("a:1", "windows", "amd64", "", "", "k", "v")
	f.Fuzz(func(t *testing.T, image, os, architecture, variant, version, key, value string) {
		for _, word := range []string{os, architecture, variant, version} {
			if strings.ToValidUTF8(word, "") != strings.TrimSpace(word) || placeholder().MatchString(word) || len(word) > maxWord {
				t.Skip("no word of a spec")
			}
		}
		source, err := ParseReference(image)
		if err != nil || source.String() != image || strings.ToValidUTF8(image+key+value, "") != image+key+value || key == "" {
			t.Skip("nothing that a spec can hold")
		}
		s := load(t, "image: a:1\ntype: oci\nmanifests: [{image: b}]")
		if s.Annotations = map[string]string{key: value}; CheckTag(key) == nil {
			s.Targets[0].Tags = []string{key}
		}
		platform := platforms.Normalise(v1.Platform{OS: os, Architecture: architecture, Variant: variant, OSVersion: version})
		if version != "" {
			platform.OSFeatures = []string{version}
		}
		entry := Entry{Source: source.WithDefaultTag(), Platform: platform, Annotations: map[string]string{key: value}}
		none := Entry{Source: entry.Source, NoPlatform: true}
		if version == "" {
			entry.Empty = []string{"os.features", "os.version"}
		}
		s.Entries = []Entry{entry, none}
		if diff := cmp.Diff(s, written(t, s), sameSpec...); diff != "" {
			t.Errorf("comes back as (-want +got):\n%s", diff)
		}
	})
}
