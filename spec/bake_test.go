package spec

import (
	"bytes"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

func TestStripPlatform(t *testing.T) {
	for tag, want := range map[string]string{
		"1.0-amd64": "1.0 linux/amd64", "1.0-linux-arm-v7": "1.0 linux/arm/v7", "amd64-1.0": "1.0 linux/amd64", "linux-arm64-1.0": "1.0 linux/arm64",
		"amd64": "latest linux/amd64", "1.0-2022-amd64": "1.0-2022 linux/amd64", "1.0-x86_64": "1.0 linux/amd64", "1.0-nanoserver-ltsc2022-amd64": "1.0 windows/amd64",
		"1.0": "", "": "", "1.0-": "", "1.0-ltsc2022": "", "nanoserver": "", "-": "", "1.0-debug": "", "v7": "", "1.0-v7": "",
	} {
		base, p, ok := tagpattern.StripPlatform(tag)
		got := ""
		if ok {
			got = base + " " + p.String()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", tag, got, want)
		}
	}
}

func TestFromBakeFaults(t *testing.T) {
	for raw, want := range map[string]string{
		``:                     "not JSON",
		`target "a" {}`:        "not JSON",
		`{`:                    "not the JSON of docker buildx bake",
		`{"target": []}`:       "not the JSON of docker buildx bake",
		`{}`:                   "no target with a tag or a digest",
		`{"target": {"a": 1}}`: "target \"a\": not what docker buildx bake --print prints",
		`{"target": {"a": {"tags": ["UPPER/x"]}}}`:                                      "lower case",
		`{"target": {"a": {"tags": ["x/y:1-amd64"], "platforms": ["linux/nonsense"]}}}`: "unknown architecture",
		`{"target": {"a": {"tags": ["x/y:1-amd64"], "platforms": ["amd64"]}}}`:          "the os is missing",
		`{"target": {"a": {"matrix": {"b": ["c"]}, "tags": ["x/y:1-amd64"]}}}`:          "inherits or matrix",
		`{"a": {"containerimage.digest": "sha256:1", "image.name": "x/y:1"}}`:           "64 hexadecimal digits",
		`{"a": {"containerimage.digest": 5}}`:                                           "no target with a tag or a digest",
	} {
		if _, _, err := FromBake([]byte(raw), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
	for _, target := range []string{"UPPER", "r.example/a@sha256:" + strings.Repeat("0", 64), "docker-archive:x"} {
		if _, _, err := FromBake([]byte(`{"target": {"a": {"tags": ["x/y:1-amd64"]}}}`), target); err == nil {
			t.Errorf("--target %s", target)
		}
	}
}

// TestFromBakeHostile: a platform that is listed twice is built once, and no name makes a line of its own.
func TestFromBakeHostile(t *testing.T) {
	baked, notes, err := FromBake([]byte(`{"target": {"a": {"tags": ["x/y:1-amd64"], "platforms": ["linux/amd64", "linux/x86_64"]}, "b\nwarning: c": {}}}`), "")
	if err != nil || len(baked) != 1 || len(baked[0].Entries) != 1 {
		t.Errorf("%v, %v", baked, err)
	}
	if len(notes) != 1 || strings.Contains(notes[0], "\n") {
		t.Errorf("notes: %q", notes)
	}
}

// FuzzFromBake: a spec of any file can be written and read back.
func FuzzFromBake(f *testing.F) {
	f.Add([]byte(`{"target": {"a": {"tags": ["x/y:1-amd64", "x/y:amd64"], "platforms": ["linux/amd64"]}, "b": {"tags": ["x/y:1-arm64"]}, "c": {"tags": ["x/z"], "platforms": ["linux/amd64", "linux/arm/v7"]}}}`), "")
	f.Add([]byte(`{"a": {"containerimage.digest": "sha256:`+strings.Repeat("1", 64)+`", "image.name": "x/y:1-amd64,x/y:2"}}`), "x/y:3")
	f.Add([]byte(`{"containerimage.digest": "sha256:`+strings.Repeat("1", 64)+`", "image.name": "x/y:1"}`), "")
	f.Fuzz(func(t *testing.T, raw []byte, target string) {
		baked, _, err := FromBake(raw, target)
		if err != nil {
			return
		}
		for _, b := range baked {
			if len(b.Platforms) != len(b.Entries) {
				t.Fatalf("%d platforms of %d entries", len(b.Platforms), len(b.Entries))
			}
			text, err := b.WriteCommented(Comments{Head: strings.Join(b.Built, " "), Entries: b.Platforms})
			if err != nil {
				continue // too large
			}
			if _, _, err := Load("", bytes.NewReader(text), Options{}); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		}
	})
}

// FuzzFromDockerDraft: a spec of any file can be written and read back, if its platform is known.
func FuzzFromDockerDraft(f *testing.F) {
	f.Add([]byte(`{"Ref":"docker.io/acme/app:1.0-amd64","Descriptor":{"digest":"sha256:` + strings.Repeat("1", 64) + `","platform":{"architecture":"amd64","os":"linux"}}}`))
	f.Add([]byte(`{"Ref":"docker.io/acme/app:1.0-amd64","Digest":"sha256:` + strings.Repeat("1", 64) + `","Platform":{"architecture":"x86_64","os":"linux","os.features":["a"]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := FromDockerDraft("x/y:1", [][]byte{raw})
		if err != nil {
			return
		}
		text, err := s.WriteCommented(Comments{})
		if err != nil {
			return
		}
		if _, _, err := Load("", bytes.NewReader(text), Options{AllowUnknownPlatform: true}); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	})
}
