package spec

import (
	"encoding"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

var (
	_ encoding.TextMarshaler   = Place{}
	_ encoding.TextMarshaler   = Reference{}
	_ encoding.TextUnmarshaler = (*Place)(nil)
	_ encoding.TextUnmarshaler = (*Reference)(nil)
)

// places are places of all kinds.
func places(t *testing.T) []Place {
	t.Helper()
	all := []Place{{}}
	for _, name := range []string{"alpine", "me/app", "docker.io/library/alpine", "index.docker.io/me/app", "quay.io/a/b/c", "localhost/app", "localhost:5000/app", "h:80/a", "10.0.0.1:5000/app", "[::1]:5000/app", "[fe80::1]/app", "H.test/app"} {
		all = append(all, mustParse(t, name).Place)
	}
	for _, kind := range []Kind{OCILayout, OCIArchive, DockerArchive} {
		for _, path := range []string{"dir", "/abs/dir", "../up", ".", "/", "a b/ c ", "a:b", ":a", "a:", ":", "::", "a::b", "/tmp/a:b/c:", `C:\dir`, "C:/dir", `C:\a:b`, "C:", "C::/x", ":/x", "::/x", "a:/b",
			"me@home", "x@sha256", "x@sha256:", "x@sha256:y", "x@sha256::y", "@sha256", digest, "d@" + digest, "d@" + digest + ":t", "${HOME}/x", "{{x}}", "$X", "tab\there", "line\nend", "ä/日本", "%41", `q"uo'te`, "//?"} {
			all = append(all, Place{Kind: kind, Path: filepath.Clean(path)})
		}
	}
	return all
}

func TestText(t *testing.T) {
	hash, err := v1.NewHash(digest)
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range places(t) {
		checkPlaceText(t, place)
		checkReferenceText(t, Reference{Place: place})
		if place == (Place{}) {
			continue
		}
		for _, tag := range []string{"latest", "1.0", "V_1", strings.Repeat("a", 64)} {
			checkReferenceText(t, Reference{Place: place, Tag: tag})
			checkReferenceText(t, Reference{Place: place, Tag: tag, Digest: hash})
		}
		checkReferenceText(t, Reference{Place: place, Digest: hash})
		if place.Kind != Registry {
			checkReferenceText(t, Reference{Place: place, Tag: "localhost:5000/me/app:1.0"})
			checkReferenceText(t, Reference{Place: place, Tag: "localhost:5000/me/app:1.0", Digest: hash})
		}
	}
}

func checkPlaceText(t *testing.T, place Place) {
	t.Helper()
	text, err := json.Marshal(place)
	var back Place
	if err == nil {
		err = json.Unmarshal(text, &back)
	}
	if err != nil || back != place {
		t.Errorf("%#v is %s, which is %#v, %v", place, text, back, err)
	}
}

func checkReferenceText(t *testing.T, ref Reference) {
	t.Helper()
	text, err := json.Marshal(ref)
	back := Reference{Tag: "old"}
	if err == nil {
		err = json.Unmarshal(text, &back)
	}
	if err != nil || back != ref {
		t.Errorf("%#v is %s, which is %#v, %v", ref, text, back, err)
	}
}

func TestTextIsReadable(t *testing.T) {
	tests := []struct {
		ref  Reference
		want string
	}{
		{Reference{}, ""},
		{mustParse(t, "alpine:3"), "docker.io/library/alpine:3"},
		{mustParse(t, "localhost:5000/a:1@"+digest), "localhost:5000/a:1@" + digest},
		{Reference{Place: Place{Kind: OCILayout, Path: "/tmp/a b"}, Tag: "1"}, "oci-layout:/tmp/a b:1"},
		{Reference{Place: Place{Kind: OCILayout, Path: "/tmp/a:b"}, Tag: "1"}, "oci-layout:/tmp/a::b:1"},
		{Reference{Place: Place{Kind: OCIArchive, Path: `C:\x.tar`}}, `oci-archive:C:\x.tar`},
	}
	for _, test := range tests {
		if got := test.ref.String(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestUnmarshalTextRefuses(t *testing.T) {
	for _, text := range []string{"alpine:3", "a@" + digest, "oci-layout:dir:1", "oci-layout:", "A", "https://h/a"} {
		var place Place
		if err := place.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is the place %v", text, place)
		}
	}
	for _, text := range []string{"oci-layout:dir:", "a:b c", "a@sha256:1", " ", "u:p@h.test/a"} {
		var ref Reference
		if err := ref.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is the reference %v", text, ref)
		}
	}
}

// FuzzText holds that every reference is read back from its text, and the text of what is read is stable.
func FuzzText(f *testing.F) {
	f.Add("dir", "1.0", uint8(1), true)
	f.Add("/a:b@sha256", "x", uint8(2), false)
	f.Add(`C:\dir:`, "", uint8(3), true)
	f.Add("localhost:5000/a", "1", uint8(0), true)
	f.Add("::/x@"+digest+"::", "t", uint8(1), false)
	f.Fuzz(func(t *testing.T, path, tag string, kind uint8, pinned bool) {
		ref := Reference{Place: Place{Kind: Kind(kind % 4), Path: filepath.Clean(path)}, Tag: tag}
		if ref.Place.Kind == Registry {
			parsed, err := ParseReference(path)
			if err != nil || parsed.Place.Kind != Registry || tag != "" && CheckTag(tag) != nil {
				t.Skip("no name")
			}
			ref.Place = parsed.Place
		} else if tag != "" && CheckLayoutName(tag) != nil || strings.Contains(tag, digestMark) {
			t.Skip("no name on disk")
		}
		if pinned {
			ref.Digest = v1.Hash{Algorithm: "sha256", Hex: strings.TrimPrefix(digest, "sha256:")}
		}
		text, _ := ref.MarshalText()
		var back Reference
		if err := back.UnmarshalText(text); err != nil || back != ref {
			t.Fatalf("%#v is %q, which is %#v, %v", ref, text, back, err)
		}
		var place Place
		if err := place.UnmarshalText([]byte(ref.Place.String())); err != nil || place != ref.Place {
			t.Fatalf("%#v is %q, which is %#v, %v", ref.Place, ref.Place, place, err)
		}
	})
}
