package spec

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// specText is a spec for people: targets with tags, type and annotations in the first line, then a line for
// each entry.
func specText(s Spec) string {
	var b strings.Builder
	for _, t := range s.Targets {
		fmt.Fprintf(&b, "%s %v ", t.Place, t.Tags)
	}
	fmt.Fprint(&b, s.Type)
	annotations := func(m map[string]string) {
		for _, key := range sortedKeys(m) {
			fmt.Fprintf(&b, " %s=%q", key, m[key])
		}
		b.WriteByte('\n')
	}
	annotations(s.Annotations)
	for _, e := range s.Entries {
		fmt.Fprintf(&b, "%s %s", e.Source, platformText(e.Platform))
		for _, key := range e.Empty {
			fmt.Fprintf(&b, " no %s", key)
		}
		if e.NoPlatform {
			b.WriteString(" none")
		}
		annotations(e.Annotations)
	}
	return b.String()
}

func platformText(p v1.Platform) string {
	s := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		s += "/" + p.Variant
	}
	if p.OSVersion != "" {
		s += ":" + p.OSVersion
	}
	for _, features := range [][]string{p.OSFeatures, p.Features} {
		if features != nil {
			s += fmt.Sprint(features)
		}
	}
	return s
}

func loadTests() []struct{ name, in, want string } {
	const app = "quay.io/app [1] auto\nquay.io/app:amd64 linux/amd64\n"
	return []struct{ name, in, want string }{
		{
			"C1: the plain form",
			`image: me/app:1.0
manifests:
  - image: me/app:amd64
    platform:
      architecture: amd64
      os: linux
  - image: me/app:arm64
    platform:
      architecture: arm64
      os: linux
      variant: v8
`,
			"docker.io/me/app [1.0] auto\ndocker.io/me/app:amd64 linux/amd64\ndocker.io/me/app:arm64 linux/arm64/v8\n",
		},
		{
			"C8: any order of keys, both forms of list items, no newline at the end",
			"manifests:\n  -\n    platform: {architecture: arm, variant: v6, os: linux}\n    image: quay.io/app:armv6\n  - image: quay.io/app:amd64\ntags: ['2']\nimage: quay.io/app:1",
			"quay.io/app [1 2] auto\nquay.io/app:armv6 linux/arm/v6\nquay.io/app:amd64 /\n",
		},
		{"flow", "{image: quay.io/app:1, manifests: [{image: quay.io/app:amd64, platform: {os: linux, architecture: amd64}}]}", app},
		{"JSON with tabs", "{\n\t\"image\": \"quay.io/app:1\",\n\t\"manifests\": [\n\t\t{\"image\": \"quay.io/app:amd64\",\n\t\t\"platform\": {\"os\": \"linux\",\t\"architecture\": \"amd64\"}}\n\t]\n}\n", app},
		{"CRLF", "image: quay.io/app:1\r\nmanifests:\r\n- image: quay.io/app:amd64\r\n  platform: linux/amd64\r\n", app},
		{"byte order mark", "\ufeffimage: quay.io/app:1\nmanifests: [{image: quay.io/app:amd64, platform: linux/amd64}]\n", app},
		{"byte order mark and JSON with tabs", "\ufeff{\n\t\"image\": \"quay.io/app:1\", \"manifests\": [{\"image\": \"quay.io/app:amd64\", \"platform\": \"linux/amd64\"}]}", app},
		{"block scalars", "image: |\n  quay.io/app:1\nmanifests:\n- image: >-\n    quay.io/app:amd64\n  platform: linux/amd64\n", app},
		{"comment, document marks", "# made by hand\n---\nimage: quay.io/app:1 # here\nmanifests: [{image: quay.io/app:amd64, platform: linux/amd64}]\n...\n", app},
		{"second document that is empty", "image: quay.io/app:1\nmanifests: [{image: quay.io/app:amd64, platform: linux/amd64}]\n---\n# nothing\n", app},
		{"blank lines with blanks", "image: quay.io/app:1\nmanifests: [{image: quay.io/app:amd64, platform: linux/amd64}]\n   \n  \n", app},
		{"C3: the target among the sources", "image: quay.io/app:1\nmanifests: [{image: quay.io/app:1, platform: linux/amd64}, {image: quay.io/app:1, platform: linux/arm64}]", "quay.io/app [1] auto\nquay.io/app:1 linux/amd64\nquay.io/app:1 linux/arm64\n"},
		{"sources without tag", "image: quay.io/app:1\nmanifests: [{image: a}, {image: quay.io/a@" + digest + "}, {image: oci-layout:out}]", "quay.io/app [1] auto\ndocker.io/library/a:latest /\nquay.io/a@" + digest + " /\noci-layout:out /\n"},
		{"layout as target", "image: oci-layout:out\nmanifests: [{image: oci-layout:in:x}]", "oci-layout:out [latest] auto\noci-layout:in:x /\n"},
		{"C21: tags without a tag in the name", "image: quay.io/app\ntags: [b, a, b]\nmanifests: [{image: a:1}]", "quay.io/app [b a] auto\ndocker.io/library/a:1 /\n"},
		{"the name's own tag first, each once", "image: quay.io/app:1\ntags: [b, '1', a]\nmanifests: [{image: a:1}]", "quay.io/app [1 b a] auto\ndocker.io/library/a:1 /\n"},
		{"keys without a value count as absent", "image: quay.io/app:1\ntags:\ntype:\nannotations: ~\nmanifests: [{image: a:1, platform: , annotations: null}]", "quay.io/app [1] auto\ndocker.io/library/a:1 /\n"},
		{
			"annotations and type",
			"image: quay.io/app:1\ntype: oci\nannotations: {b: 1.10, a: yes, c: \"x: y\"}\nmanifests: [{image: a:1, annotations: {k: 2020-01-02}}]",
			"quay.io/app [1] oci a=\"yes\" b=\"1.10\" c=\"x: y\"\ndocker.io/library/a:1 / k=\"2020-01-02\"\n",
		},
		{
			"anchors, aliases, merge keys: own keys win, then the first that is merged",
			`x-linux: &linux {os: linux, architecture: amd64}
image: &app quay.io/app:1
manifests:
- image: *app
  platform: *linux
- image: *app
  platform:
    <<: *linux
    architecture: arm64
- &arm
  image: *app
  platform:
    variant: v6
    architecture: arm
    <<: [{os: windows}, *linux]
- <<: *arm
  image: quay.io/other:1
`,
			"quay.io/app [1] auto\nquay.io/app:1 linux/amd64\nquay.io/app:1 linux/arm64\nquay.io/app:1 windows/arm/v6\nquay.io/other:1 windows/arm/v6\n",
		},
		{"merge key beside its own key is no duplicate", "image: quay.io/app:1\nmanifests: [{image: a:1, platform: {architecture: arm64, <<: {architecture: amd64, os: linux}}}]", "quay.io/app [1] auto\ndocker.io/library/a:1 linux/arm64\n"},
	}
}

func TestLoad(t *testing.T) {
	for _, tt := range loadTests() {
		t.Run(tt.name, func(t *testing.T) {
			s, _, err := Load("spec.yaml", strings.NewReader(tt.in), Options{Strict: true})
			if err != nil {
				t.Fatalf("Load: %v", err)
			}
			if diff := cmp.Diff(tt.want, specText(s)); diff != "" {
				t.Errorf("Load (-want +got):\n%s", diff)
			}
		})
	}
}

func platformTests() []struct{ in, want string } {
	return []struct{ in, want string }{
		{"{os: linux, architecture: 386}", "linux/386"}, // C16
		{"{os: Linux, architecture: x86_64}", "linux/amd64"},
		{"{os: linux, architecture: armhf}", "linux/arm/v7"},
		{"{os: linux, architecture: arm, variant: 7}", "linux/arm/v7"},
		{"{os: linux, architecture: arm64, variant: v8}", "linux/arm64/v8"},
		{"{architecture: amd64}", "/amd64"},
		{"{os: windows, architecture: amd64, os.version: 10.0.14393.1593}", "windows/amd64:10.0.14393.1593"},
		{"{os: windows, architecture: amd64, osversion: 1809}", "windows/amd64:1809"},
		{"{os: windows, architecture: amd64, os_version: 10.0}", "windows/amd64:10.0"},
		{"{os: windows, architecture: amd64, osVersion: 20H2}", "windows/amd64:20H2"},
		{"{os: windows, os.features: [win32k, x]}", "windows/[win32k x]"},
		{"{os: windows, osfeatures: win32k}", "windows/[win32k]"},
		{"{os: windows, os_features: [win32k]}", "windows/[win32k]"},
		{"{os: windows, osFeatures: [win32k]}", "windows/[win32k]"},
		{"{os: linux, architecture: amd64, features: [a, 2]}", "linux/amd64[a 2]"}, // C17
		{"linux/armhf", "linux/arm/v7"},
		{"windows/amd64:10.0.14393.1593", "windows/amd64:10.0.14393.1593"},
	}
}

func TestLoadPlatform(t *testing.T) {
	for _, tt := range platformTests() {
		t.Run(tt.in, func(t *testing.T) {
			s, _, err := Load("spec.yaml", strings.NewReader("image: a:1\nmanifests:\n- image: b:1\n  platform: "+tt.in), Options{Strict: true})
			if err != nil {
				t.Fatal(err)
			}
			if got := platformText(s.Entries[0].Platform); got != tt.want {
				t.Errorf("platform: %s is %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

// names are many different ones, in a list.
func names(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("a%d", i)
	}
	return strings.Join(all, ", ")
}

func TestLoadTargets(t *testing.T) {
	in := `image:
  - quay.io/app:1.0
  - registry.example/app
  - quay.io/app:latest
  - oci-layout:out
tags: [stable, latest]
manifests: [{image: b}]`
	s, _, err := Load("spec.yaml", strings.NewReader(in), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "quay.io/app [1.0 latest stable] registry.example/app [stable latest] oci-layout:out [stable latest] auto\ndocker.io/library/b:latest /\n"
	if diff := cmp.Diff(want, specText(s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, notes, _ := Load("spec.yaml", strings.NewReader("image: [a, b:1]\nmanifests: [{image: c}]"), Options{}); len(notes) != 1 || !strings.Contains(notes[0], "pushing to docker.io/library/a:latest") {
		t.Errorf("notes %q, want one for the target without a tag", notes)
	}
}

func TestPlatformTags(t *testing.T) {
	arm := v1.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}
	windows := v1.Platform{OS: "windows", Architecture: "amd64", OSVersion: "10.0.17763.1"}
	tests := []struct {
		template, flag string
		names          []string
		platform       v1.Platform
		want           []string
	}{
		{"", "", nil, arm, nil},
		{"TAG-OS-ARCH", "", nil, arm, []string{"1.0-linux-arm", "TAG-linux-arm"}},
		{"TAG-ARCHVARIANT", "", nil, arm, []string{"1.0-armv7", "TAG-armv7"}},
		{"TAG-ARCHVARIANT", "", []string{"arm/v7=arm32v7"}, arm, []string{"1.0-arm32v7", "TAG-arm32v7"}},
		{"TAG-ARCH", "ARCH-edge", nil, arm, []string{"arm-edge"}},
		{"TAG-ARCH-VARIANT-OSVERSION", "", nil, v1.Platform{OS: "linux", Architecture: "amd64"}, []string{"1.0-amd64", "TAG-amd64"}},
		{"TAG-OS-OSVERSION-ARCH", "", nil, windows, []string{"1.0-windows-10.0.17763.1-amd64", "TAG-windows-10.0.17763.1-amd64"}},
	}
	for _, tt := range tests {
		in := fmt.Sprintf("image: a:1.0\ntags: [TAG]\nplatform-tags: %q\nmanifests: [{image: b}]", tt.template)
		s, _, err := Load("spec.yaml", strings.NewReader(in), Options{PlatformTags: tt.flag, ArchNames: tt.names})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, s.PlatformTags.For(s.Targets[0].Tags, tt.platform)); diff != "" {
			t.Errorf("%q, %q (-want +got):\n%s", tt.template, tt.flag, diff)
		}
	}
	_, _, err := Load("spec.yaml", strings.NewReader("image: a:1\nplatform-tags: TAG-ARCH\nmanifests: [{image: b}]"), Options{ByDigest: true})
	if err == nil || !strings.Contains(err.Error(), "TAG in the template needs a tag") {
		t.Errorf("TAG without a tag: %v", err)
	}
}

// TestLoadKeepsText holds C18: what YAML takes for a number, a truth or a date is a tag here.
func TestLoadKeepsText(t *testing.T) {
	words := []string{
		"3.10", "3", "1.0", "010", "0x10", "0o7", "0b1", "1e3", "1_000", "1e400", "00", "inf", "nan", "123456789012345678901234567890",
		"yes", "no", "on", "off", "y", "true", "False", "2020-01-02", "20201231", "nil", "v1",
	}
	in := fmt.Sprintf("image: a:0.10\nmanifests: [{image: b:1.10}]\ntags: [%s, 'null', \"1.20\", !!str 5]", strings.Join(words, ", "))
	s, _, err := Load("spec.yaml", strings.NewReader(in), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := append(append([]string{"0.10"}, words...), "null", "1.20", "5")
	if diff := cmp.Diff(want, s.Targets[0].Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if got := s.Entries[0].Source.Tag; got != "1.10" {
		t.Errorf("b:1.10 has the tag %s", got)
	}
	s, _, err = Load("spec.yaml", strings.NewReader("image: a\nmanifests: [{image: b}]\ntags: 3.10"), Options{})
	if err != nil || !slices.Equal(s.Targets[0].Tags, []string{"3.10"}) {
		t.Errorf("tags: 3.10 gives %v, %v", s.Targets, err)
	}
}

// In want is a line for each problem, without "spec.yaml:"; "…" is any text.
func refusedTests() []struct{ name, in, want string } {
	const rest = "\nmanifests: [{image: b}]\n"
	return []struct{ name, in, want string }{
		{"no bytes", "", " the file is empty"},
		{"blanks", "  \n \n", " the file is empty"},
		{"comments", "# nothing\n", " the file is empty"},
		{"an empty document", "---\n", "2:1: the spec: expected keys and values, found nothing"},
		{"null", "null", "1:1: the spec: expected keys and values, found nothing"},
		{"a list", "[]", "1:1: the spec: expected keys and values, found a list"},
		{"a word", "foo", `1:1: the spec: expected keys and values, found "foo"`},
		{"nothing in it", "{}", "1:1: image is missing…\n1:1: manifests is missing…"},
		{"second document", "image: a" + rest + "---\nimage: c\n", "4:1: the file has a second YAML document: use one file for each image"},
		{"not YAML", "image: a\nmanifests: [\n", "2: not valid YAML: …"},
		{"tab", "image: a\n\tmanifests: []\n", "2: not valid YAML: …"},
		{"control character", "image: a\x01", " not valid YAML: …"},
		{"NUL", "\x00", " not valid YAML: …"},
		{"unknown anchor", "image: a\nmanifests:\n- image: *nope\n", " not valid YAML: unknown anchor 'nope' referenced"},
		{"too deep", "image: a\nmanifests: " + strings.Repeat("[", 100_000), "…not valid YAML: …"},
		{"duplicate key", "image: a\nimage: b" + rest, "2:1: image is given twice, first in line 1"},
		{"duplicate key in an entry", "image: a\nmanifests:\n- image: b\n  image: b\n", "4:3: image is given twice, first in line 3"},
		{"duplicate by another spelling", "image: a\nmanifests:\n- image: b\n  platform:\n    osversion: 1\n    os.version: 1\n", "6:5: os.version is given twice"},
		{"duplicate unknown key", "image: a\nfoo: 1\nfoo: 2" + rest, "3:1: foo is given twice, first in line 2"},
		{"duplicate annotation", "image: a\nannotations:\n  k: 1\n  k: 1" + rest, "4:3: k is given twice, first in line 3"},
		{"image empty", "image: ''" + rest, "1:8: an image name is missing"},
		{"image without value", "image:" + rest, "1:1: image is missing: name the target"},
		{"image an empty list", "image: []" + rest, "1:8: image is empty: name the target"},
		{"image a list of lists", "image: [a, [b]]" + rest, "1:12: image: expected a name, found a list"},
		{"image a list with a digest and an archive", "image: [a, b@" + digest + ", docker-archive:x.tar]" + rest, "1:12: …the target must have a tag, not a digest\n1:87: …manifest-tool cannot write docker archives…"},
		{"image a list without end", "image: [" + names(maxTargets+1) + "]" + rest, "…more than 100 targets, which is the limit"},
		{"platform tags without ARCH", "image: a:1\nplatform-tags: TAG-OS" + rest, `2:16: platform tags "TAG-OS": add ARCH to the template, otherwise all images get the same tag`},
		{"platform tags with a slash", "image: a:1\nplatform-tags: TAG/ARCH" + rest, `2:16: platform tags "TAG/ARCH": tag "1/arm": …`},
		{"platform tags with placeholder", "image: a:1\nplatform-tags: ${TAG}-ARCH" + rest, "2:16: platform-tags: the placeholder ${TAG} was not replaced"},
		{"entry without image", "image: a\nmanifests:\n- platform: linux/amd64\n", "3:3: image is missing: name the image of this entry"},
		{"manifests empty", "image: a\nmanifests: []\n", "2:12: manifests is empty: list the images to assemble"},
		{"manifests without value", "image: a\nmanifests:\n", "1:1: manifests is missing: list the images to assemble"},
		{"entries that are words", "image: a\nmanifests: [b, c]", "2:13: an entry of manifests: expected keys and values, found \"b\"\n2:16: an entry of manifests: expected keys and values, found \"c\""},
		{"entry that is a list", "image: a\nmanifests:\n- [b]\n", "3:3: an entry of manifests: expected keys and values, found a list"},
		{"entry that is nothing", "image: a\nmanifests:\n- ~\n", "3:3: an entry of manifests: expected keys and values, found nothing"},
		{"tags a mapping", "image: a\ntags: {a: b}" + rest, "2:7: tags: expected a list, found keys and values"},
		{"tag a list", "image: a\ntags: [[a]]" + rest, "2:8: tags: expected a tag, found a list"},
		{"tag with placeholder", "image: a\ntags: '${X.Y}'" + rest, `2:7: tag "${X.Y}": the placeholder ${X.Y} was not replaced`}, // C13
		{"os a list", "image: a\nmanifests:\n- image: b\n  platform:\n    os: [linux]\n", "5:9: os: expected a single value, found a list"},
		{"platform a list", "image: a\nmanifests:\n- image: b\n  platform: [linux]\n", "4:13: platform: expected keys and values, found a list"},
		{"platform a word", "image: a\nmanifests:\n- image: b\n  platform: linux\n", "4:13: platform \"linux\": expected os/architecture or os/architecture/variant, or none for an image without a platform"},
		{"platform none in other letters", "image: a\nmanifests:\n- image: b\n  platform: None\n", "4:13: platform \"None\": …or none for an image without a platform; did you mean none?"},
		{"platform nearly none", "image: a\nmanifests:\n- image: b\n  platform: noen\n", "4:13: platform \"noen\": …did you mean none?"},
		{"platform empty", "image: a\nmanifests:\n- image: b\n  platform: ''\n", "4:13: platform \"\": …or none for an image without a platform"},
		{"platform a pair that is none", "image: a\nmanifests:\n- image: b\n  platform: none/none\n", "4:13: unknown os \"none\" (use --allow-unknown-platform to accept the platform)\n4:13: unknown architecture \"none\" (use --allow-unknown-platform to accept the platform)"},
		{"platform none in a Docker list", "image: a\ntype: docker\nmanifests:\n- {image: b, platform: none}\n", "2:7: a Docker list needs a platform for each image: use type oci for an image without a platform"},
		{"impossible pair", "image: a\nmanifests:\n- image: b\n  platform:\n    os: windows\n    architecture: s390x\n", "6:19: platform windows/s390x does not exist: windows runs on 386, amd64, arm, arm64 (use --allow-unknown-platform to accept the platform)"},
		{"unknown os", "image: a\nmanifests:\n- image: b\n  platform: lnux/amd64\n", `4:13: unknown os "lnux"; did you mean linux? (use --allow-unknown-platform to accept the platform)`},
		{"annotations a list", "image: a\nannotations: [a=b]" + rest, "2:14: annotations: expected keys and values, found a list"},
		{"annotation a list", "image: a\nannotations: {k: [x]}" + rest, "2:18: k: expected a single value, found a list"},
		{"annotation without key", "image: a\nannotations: {'': x}" + rest, `2:15: annotation "=x": the key is missing`},
		{"unknown type", "image: a\ntype: dcoker" + rest, `2:7: type "dcoker": the types are auto, docker and oci; did you mean docker?`},
		{"type in capitals", "image: a\ntype: OCI" + rest, `2:7: type "OCI": the types are auto, docker and oci; did you mean oci?`},
		{"control characters are shown, not sent", "image: a\nmanifests:\n- image: \"b\\e[31m\"\n", `3:10: image "b\x1b[31m": …`},
		{
			"everything at once, in the order of the file",
			`image: A
type: junk
tags: -x
manifests:
- image: B
  platform:
    os: linx
    architecture: amd46
- platform: linux
- {image: c, image: d}
`,
			`1:8: image "A": …
2:7: type "junk": …
3:7: tag "-x": …
5:10: image "B": a repository name must be in lower case: use b
7:9: unknown os "linx"; did you mean linux? …
8:19: unknown architecture "amd46"; did you mean amd64? …
9:3: image is missing: name the image of this entry
9:13: platform "linux": …
10:14: image is given twice, first in line 10`,
		},
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, tt := range refusedTests() {
		t.Run(tt.name, func(t *testing.T) {
			s, _, err := Load("spec.yaml", strings.NewReader(tt.in), Options{})
			var wrong *Error
			if !errors.As(err, &wrong) {
				t.Fatalf("Load: %T %v, want an *Error", err, err)
			}
			compareLines(t, "spec.yaml:", tt.want, err.Error())
			if !reflect.DeepEqual(s, Spec{}) {
				t.Errorf("Load gives a spec beside an error: %+v", s)
			}
		})
	}
}

// compareLines compares lines that all start with prefix; a "…" in want stands for any text.
func compareLines(t *testing.T, prefix, want, got string) {
	t.Helper()
	wanted, lines := strings.Split(want, "\n"), strings.Split(got, "\n")
	same := len(wanted) == len(lines)
	for i := 0; same && i < len(lines); i++ {
		same = matchLine(prefix+wanted[i], lines[i])
	}
	if !same {
		t.Errorf("got\n%s\nwant, each behind %q:\n%s", got, prefix, want)
	}
}

func matchLine(want, got string) bool {
	parts := strings.Split(want, "…")
	for i, part := range parts {
		switch {
		case i == 0 && !strings.HasPrefix(got, part):
			return false
		case !strings.Contains(got, part):
			return false
		}
		_, got, _ = strings.Cut(got, part)
	}
	return got == "" || parts[len(parts)-1] == ""
}

func noteTests() []struct{ name, in, want string } {
	return []struct{ name, in, want string }{
		{"nothing to say", "image: a:1\nmanifests: [{image: b}]\n", ""},
		{"no tag", "image: a\nmanifests: [{image: b}]\n", "no tag given: pushing to docker.io/library/a:latest (use --by-digest to push without a tag)"},
		{"unknown key", "image: a:1\ntag: x\nmanifests: [{image: b}]\n", `spec.yaml:2:1: unknown key "tag" in the spec; did you mean tags?`},
		{"unknown key, nothing near", "image: a:1\nfrobnicate: x\nmanifests: [{image: b}]\n", `spec.yaml:2:1: unknown key "frobnicate" in the spec`},
		{"key in capitals", "image: a:1\nTags: [x]\nmanifests: [{image: b}]\n", `spec.yaml:2:1: unknown key "Tags" in the spec; did you mean tags?`},
		{"C11: version", "image: a:1\nmanifests:\n- image: b\n  platform:\n    version: 10.0.14393.1593\n", `spec.yaml:5:5: unknown key "version" in platform; did you mean os.version?`},
		{"beginning of a key", "image: a:1\nmanifests:\n- image: b\n  platform:\n    arch: amd64\n", `spec.yaml:5:5: unknown key "arch" in platform; did you mean architecture?`},
		{"in an entry", "image: a:1\nmanifests:\n- image: b\n  platfrom: linux/amd64\n", `spec.yaml:4:3: unknown key "platfrom" in an entry of manifests; did you mean platform?`},
		{"a key that is not text", "image: a:1\n1: x\nmanifests: [{image: b}]\n", `spec.yaml:2:1: unknown key "1" in the spec`},
		{"control characters", "image: a:1\n\"\\e[31m\": x\nmanifests: [{image: b}]\n", `spec.yaml:2:1: unknown key "\x1b[31m" in the spec`},
		{"x- keys are the user's own", "image: a:1\nx-foo: 1\nmanifests: [{image: b, x-bar: [2]}]\n", ""},
	}
}

func TestLoadNotes(t *testing.T) {
	for _, tt := range noteTests() {
		t.Run(tt.name, func(t *testing.T) {
			_, notes, err := Load("spec.yaml", strings.NewReader(tt.in), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(notes, "\n")
			if tt.want == "" && got != "" {
				t.Errorf("note %q, want none", got)
			} else if tt.want != "" {
				compareLines(t, "", tt.want, got)
			}
			_, notes, err = Load("spec.yaml", strings.NewReader(tt.in), Options{Strict: true})
			if strings.Contains(tt.want, "unknown key") {
				if err == nil {
					t.Fatal("Load with Strict lets it pass")
				}
				compareLines(t, "", tt.want, err.Error())
			} else if err != nil {
				t.Errorf("Load with Strict: %v", err)
			}
			if strings.Contains(strings.Join(notes, "\n"), "unknown key") {
				t.Errorf("with Strict a note remains: %q", notes)
			}
		})
	}
}

func TestLoadNotesBesideError(t *testing.T) {
	_, notes, err := Load("spec.yaml", strings.NewReader("img: a\nmanifests: [{image: b}]\n"), Options{})
	if err == nil || len(notes) != 1 || !strings.Contains(notes[0], "did you mean image?") {
		t.Errorf("notes %q, error %v: want the note that explains the error", notes, err)
	}
}

func TestLoadType(t *testing.T) {
	const in, annotated = "image: a:1\nmanifests: [{image: b}]\n", "annotations: {k: v}\n"
	const inEntry = "image: a:1\nmanifests: [{image: b, annotations: {k: v}}]\n"
	tests := []struct {
		name, in string
		option   Type
		want     Type // "" is an error
	}{
		{"none", in, "", Auto},
		{"of the file", in + "type: docker\n", "", Docker},
		{"of the option", in, OCI, OCI},
		{"the option wins", in + "type: docker\n", OCI, OCI},
		{"annotated", in + annotated, "", Auto},
		{"annotated OCI", in + annotated + "type: oci\n", "", OCI},
		{"annotated Docker", in + annotated + "type: docker\n", "", ""},
		{"annotated Docker by option", in + annotated + "type: oci\n", Docker, ""},
		{"annotated OCI by option", in + annotated + "type: docker\n", OCI, OCI},
		{"annotated entry, Docker", inEntry + "type: docker\n", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _, err := Load("spec.yaml", strings.NewReader(tt.in), Options{Type: tt.option})
			switch {
			case tt.want == "" && (err == nil || !strings.Contains(err.Error(), "a Docker list cannot hold annotations")):
				t.Errorf("Load: %v, want it to refuse annotations", err)
			case tt.want != "" && (err != nil || s.Type != tt.want):
				t.Errorf("Load: type %q, %v; want %q", s.Type, err, tt.want)
			}
		})
	}
}

func TestParseType(t *testing.T) {
	for in, want := range map[string]Type{"": Auto, "auto": Auto, "docker": Docker, "oci": OCI} {
		if got, err := ParseType(in); err != nil || got != want {
			t.Errorf("ParseType(%q) = %q, %v", in, got, err)
		}
	}
	if _, err := ParseType("ocl"); err == nil || !strings.Contains(err.Error(), "did you mean oci?") {
		t.Errorf("ParseType(ocl): %v", err)
	}
}

func TestLoadOptions(t *testing.T) {
	t.Run("unknown platform allowed", func(t *testing.T) {
		in := "image: a:1\nmanifests: [{image: b, platform: {os: beos, architecture: z80}}, {image: c, platform: beos/x86_64}]"
		s, _, err := Load("spec.yaml", strings.NewReader(in), Options{AllowUnknownPlatform: true})
		if err != nil {
			t.Fatal(err)
		}
		want := "docker.io/library/a [1] auto\ndocker.io/library/b:latest beos/z80\ndocker.io/library/c:latest beos/amd64\n"
		if diff := cmp.Diff(want, specText(s)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("by digest", func(t *testing.T) {
		for in, note := range map[string]string{
			"image: a\nmanifests: [{image: b}]":              "",
			"image: a:1\ntags: [x]\nmanifests: [{image: b}]": "not moving these tags (--by-digest): 1, x",
		} {
			s, notes, err := Load("spec.yaml", strings.NewReader(in), Options{ByDigest: true})
			if err != nil || len(s.Targets[0].Tags) != 0 || strings.Join(notes, "\n") != note {
				t.Errorf("targets %v, notes %q, error %v; want the note %q alone", s.Targets, notes, err, note)
			}
		}
	})
	t.Run("target with digest", func(t *testing.T) {
		for _, o := range []Options{{}, {ByDigest: true}} {
			_, _, err := Load("spec.yaml", strings.NewReader("image: a:1@"+digest+"\nmanifests: [{image: b}]"), o)
			if err == nil || !strings.Contains(err.Error(), "the target must have a tag, not a digest") {
				t.Errorf("Load with %+v: %v", o, err)
			}
		}
	})
	t.Run("reader that fails", func(t *testing.T) {
		broken := errors.New("broken pipe")
		if _, _, err := Load("/dev/fd/63", iotest.ErrReader(broken), Options{}); !errors.Is(err, broken) || !strings.Contains(err.Error(), "/dev/fd/63: ") {
			t.Errorf("Load: %v", err)
		}
	})
	t.Run("reader byte by byte", func(t *testing.T) { // C16: a pipe
		if _, _, err := Load("/dev/fd/63", iotest.OneByteReader(strings.NewReader("image: a\nmanifests: [{image: b}]")), Options{}); err != nil {
			t.Error(err)
		}
	})
}

// numbered repeats a format with the numbers from 0.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// What JSON has and YAML 1.1 has not.
func TestLoadJSON(t *testing.T) {
	for _, in := range []string{
		`{"image": "r\/app:1.0", "manifests": [{"image": "r\/app:amd64"}]}`,
		"{\n\t\"image\": \"r/app:1.0\",\n\t\"manifests\": [\n\t\t{\"image\": \"r/app:amd64\"}\n\t]\n}\n",
		"%YAML 1.2\n---\nimage: r/app:1.0\nmanifests: [{image: r/app:amd64}]\n",
	} {
		s, _, err := Load("spec.json", strings.NewReader(in), Options{})
		if err != nil || s.Targets[0].Place.String() != "docker.io/r/app" || s.Entries[0].Source.String() != "docker.io/r/app:amd64" {
			t.Errorf("%s: %+v, %v", in, s, err)
		}
	}
	annotated := `{"image": "r/app:1.0", "annotations": {"a": "\\/\\\/x\t"}, "manifests": [{"image": "r/app:amd64"}]}`
	if s, _, err := Load("spec.json", strings.NewReader(annotated), Options{}); err != nil || s.Annotations["a"] != "\\/\\/x\t" {
		t.Errorf("annotation %q, %v", s.Annotations["a"], err)
	}
}

func TestLoadLimits(t *testing.T) {
	entries := func(n int) string { return "image: a:1\nmanifests:\n" + strings.Repeat("- image: b\n", n) }
	pad := func(s string, size int) string { return s + "#" + strings.Repeat("x", size-len(s)-1) }
	bomb := func(uses string) string {
		var b strings.Builder
		b.WriteString("image: a:1\nx-0: &x0 [{image: b}]\n")
		for i := 1; i < 60; i++ {
			fmt.Fprintf(&b, "x-%d: &x%d [*x%d, *x%d]\n", i, i, i-1, i-1)
		}
		return b.String() + uses
	}
	wide := "image: a:1\nx-tags: &t [" + strings.Repeat("t, ", 2000) + "]\nmanifests:\n" +
		strings.Repeat("- {image: b, platform: {features: *t}}\n", 1000)
	tests := []struct{ name, in, want string }{
		{"1000 entries", entries(MaxEntries), ""},
		{"1001 entries", entries(MaxEntries + 1), "spec.yaml:3:1: 1001 images; the limit of one spec is 1000"},
		{"1 MiB", pad(entries(1), 1<<20), ""},
		{"a byte more", pad(entries(1), 1<<20+1), "spec.yaml: the spec is larger than the limit of 1024 KiB"},
		{"alias bomb as entries", bomb("manifests: *x59\n"), "expected keys and values, found a list"},
		{"alias bomb as tags", bomb("manifests: [{image: b}]\ntags: *x59\n"), "tags: expected a tag, found a list"},
		{"alias of itself", "image: a:1\nmanifests: &m\n- *m\n", "expected keys and values, found a list"},
		{"merge of itself", "image: a:1\nmanifests:\n- &m\n  <<: *m\n  image: b\n", "<<: too many levels of merged keys"},
		{"many aliases of a long list", wide, "the spec has too many values"},
		{"1000 tags", "image: a\ntags: [" + strings.Repeat("a,", 1000) + "]\nmanifests: [{image: b}]", ""},
		{"many tags", "image: a\ntags: [" + strings.Repeat("a,", 50_000) + "]\nmanifests: [{image: b}]", "50000 tags; the limit of one spec is 1000"},
		{"many unknown keys", numbered("k%d: 1\n", 60_000) + entries(1), ""},
		{"many annotations", entries(1) + "annotations:\n" + numbered("  k%d: v\n", 49_000), ""},
		{"many keys twice", strings.Repeat("k: 1\n", 90_000) + entries(1), "k is given twice"},
		{"a long word many times", "x-a: &a A" + strings.Repeat("b", 900_000) + "\nimage: a\nmanifests:\n" + strings.Repeat("- image: *a\n", 1000), "longer than the limit of 4096 bytes"},
		{"a long annotation many times", "x-a: &a {b: " + strings.Repeat("b", 900_000) + "}\nimage: a\nmanifests:\n" + strings.Repeat("- {image: a, annotations: *a}\n", 1000), "the spec contains too much text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			_, _, err := Load("spec.yaml", strings.NewReader(tt.in), Options{})
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("Load took %v", took)
			}
			switch {
			case err != nil && len(err.Error()) > 100_000:
				t.Errorf("an error of %d bytes", len(err.Error()))
			case tt.want == "" && err != nil:
				t.Errorf("Load: %.200v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("Load: %.200v; want it to say %q", err, tt.want)
			}
		})
	}
}

// TestDecoderCount: the visits end, and that is told once.
func TestDecoderCount(t *testing.T) {
	d := &decoder{}
	visits := 0
	for visits <= 2*maxNodes && d.count(&yaml.Node{}) {
		visits++
	}
	for range maxNodes {
		if d.count(&yaml.Node{}) {
			t.Fatal("it goes on counting")
		}
	}
	if visits >= maxNodes || len(d.problems) != 1 {
		t.Errorf("%d visits and %d problems, want fewer than %d and one", visits, len(d.problems), maxNodes)
	}
}

func TestPlaces(t *testing.T) {
	in := "image: quay.io/app:1\nmanifests: [{image: quay.io/b}, {image: quay.io/app:amd64}, {image: oci-layout:out:x}, {image: quay.io/b:2}, {image: oci-layout:out:y}]"
	s, _, err := Load("spec.yaml", strings.NewReader(in), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(s.Places()), "[quay.io/app quay.io/b oci-layout:out]"; got != want {
		t.Errorf("places are %s, want %s", got, want)
	}
}

// FuzzLoad holds that no file can crash or hang us, and that a Spec that exists is valid.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"image: a:1\ntags: [3.10, 'b']\ntype: oci\nannotations: {k: v}\nmanifests:\n- image: b@" + digest + "\n  platform: {os: linux, architecture: arm, variant: 7, osversion: 1, osfeatures: [x], features: y}\n",
		"{\n\t\"image\": \"a\",\n\t\"manifests\": [{\"image\": \"b\", \"platform\": \"linux/amd64\"}]}",
		"x-p: &p {os: linux}\nimage: &i a\nmanifests:\n- {image: *i, platform: {<<: *p, architecture: 386}}\n- &e {<<: [*p], image: oci-layout:d:x}\n",
		"image: a\nmanifests: &m\n- *m\n", "image: a\n---\nimage: b\n", "\ufeff# c\n---\n", "? [a]\n: {b: c}\n", "image: 'a\n", "%YAML 1.1\n---\n", "\xff\xfei\x00",
		"image: A\ntags: -x\nmanifests: [{imag: b}, 1, [], ~]\nfoo: bar\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		start := time.Now()
		s, _, err := Load("spec.yaml", bytes.NewReader(in), Options{})
		if took := time.Since(start); took > 10*time.Second {
			t.Fatalf("Load took %v", took)
		}
		if err != nil {
			var wrong *Error
			if !errors.As(err, &wrong) || len(wrong.Problems) == 0 {
				t.Fatalf("Load: %T %v", err, err)
			}
			return
		}
		checkValid(t, s)
		if diff := cmp.Diff(s, written(t, s), sameSpec...); diff != "" {
			t.Errorf("what was written comes back as (-want +got):\n%s", diff)
		}
	})
}

func checkTarget(t *testing.T, target Target) {
	t.Helper()
	if _, err := ParseReference(target.Place.String()); err != nil || len(target.Tags) == 0 {
		t.Errorf("target with %d tags: %v", len(target.Tags), err)
	}
	for i, tag := range target.Tags {
		if err := CheckTag(tag); err != nil && target.Place.Kind == Registry {
			t.Error(err)
		}
		if slices.Contains(target.Tags[:i], tag) {
			t.Errorf("tag %q is there twice", tag)
		}
	}
}

func checkValid(t *testing.T, s Spec) {
	t.Helper()
	for _, target := range s.Targets {
		checkTarget(t, target)
	}
	if len(s.Targets) == 0 || len(s.Entries) == 0 || len(s.Entries) > MaxEntries {
		t.Errorf("%d targets, %d entries", len(s.Targets), len(s.Entries))
	}
	if _, err := ParseType(string(s.Type)); err != nil {
		t.Error(err)
	}
	for _, e := range s.Entries {
		again, err := ParseReference(e.Source.String())
		if err != nil {
			t.Errorf("source: %v", err)
		} else if diff := cmp.Diff(partsOf(e.Source), partsOf(again)); diff != "" {
			t.Errorf("source %s is read again as another (-first +second):\n%s", e.Source, diff)
		}
		if err := platforms.Check(e.Platform); err != nil {
			t.Error(err)
		}
		if !platforms.Normalise(e.Platform).Equals(e.Platform) {
			t.Errorf("platform %+v is not normal", e.Platform)
		}
		if e.Source.Place.Kind == Registry && e.Source.Tag == "" && e.Source.Digest == (v1.Hash{}) {
			t.Errorf("source %s names nothing", e.Source)
		}
	}
}
