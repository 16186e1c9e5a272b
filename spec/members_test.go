package spec

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const otherDigest = "sha256:0123456701234567012345670123456701234567012345670123456701234567"

func TestFromMembers(t *testing.T) {
	s, notes, err := FromMembers("me/test", []string{"me/x8664-test", "quay.io/a:1", "quay.io/a:1", "oci-layout:build", digest}, Options{Type: OCI})
	want := "docker.io/me/test [latest] oci\ndocker.io/me/x8664-test:latest /\nquay.io/a:1 /\noci-layout:build /\ndocker.io/me/test@" + digest + " /\n"
	if got := specText(s); err != nil || notes != nil || got != want {
		t.Errorf("%v %q\n%s\nwant\n%s", err, notes, got, want)
	}
	for want, args := range map[string][]string{
		"must have a tag, not a digest":              {"a@" + digest, "b"},
		"must be in lower case":                      {"a", "B"},
		"image name is missing":                      {"a", ""},
		"remove the user name":                       {"a", "u:p@h.test/a"},
		"manifest-tool cannot write docker archives": {"docker-archive:a.tar", "b"},
		"1001 images; the limit is 1":                append([]string{"a"}, strings.Fields(numbered("b%d ", 1001))...),
	} {
		if _, _, err := FromMembers(args[0], args[1:], Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50q: %v, want %q", args, err, want)
		}
	}
}

func TestAmend(t *testing.T) {
	const head = "image: q.io/a:1\nmanifests:\n"
	a := func(digest, platform string) string {
		return "- {image: q.io/a:x@" + digest + ", platform: " + platform + "}\n"
	}
	b := "- {image: q.io/b:x@" + digest + ", platform: linux/s390x}\n"
	tests := []struct{ name, old, more, want, note string }{
		{"another", a(digest, "linux/arm/v6"), b, a(digest, "linux/arm/v6") + b, ""},
		{"the same: what was said stays", a(digest, "linux/arm/v6") + b, a(digest, "linux/arm/v7"), a(digest, "linux/arm/v6") + b, ""},
		{"moved: what was said stays", b + a(digest, "linux/arm/v6") + b[:0], a(otherDigest, "linux/arm/v7"), b + a(otherDigest, "linux/arm/v6"), "q.io/a:x has moved from " + digest + " to " + otherDigest},
		{"moved, for Windows: the version is new", a(digest, "'windows/amd64:10.0.1'"), a(otherDigest, "'windows/amd64:10.0.2'"), a(otherDigest, "'windows/amd64:10.0.2'"), "has moved"},
		{"moved, of which the version was said", a(digest, "'windows/amd64:10.0.1'"), a(otherDigest, "windows/amd64"), a(otherDigest, "'windows/amd64:10.0.1'"), "has moved"},
		{"moved, of which the version is none", a(digest, "{os: windows, os.version: ''}"), a(otherDigest, "'windows/amd64:10.0.2'"), a(otherDigest, "{os: windows, os.version: ''}"), "has moved"},
		{"moved, of which the features are none", a(digest, "{os: windows, os.features: []}"), a(otherDigest, "{os: windows, os.features: [x]}"), a(otherDigest, "{os: windows, os.features: []}"), "has moved"},
		{"moved, without a platform", a(digest, "none"), a(otherDigest, "'windows/amd64:10.0.2'"), a(otherDigest, "none"), "has moved"},
		{
			"an index that has other images now", a(digest, "linux/arm64/v8") + a(digest, "linux/386") + b, a(otherDigest, "linux/amd64") + a(otherDigest, "linux/arm64"),
			a(otherDigest, "linux/amd64") + a(otherDigest, "linux/arm64/v8") + b, "which is for linux/amd64, linux/arm64",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			old := load(t, head+test.old)
			got, notes, err := old.Amend(load(t, head+test.more))
			if diff := cmp.Diff(specText(load(t, head+test.want)), specText(got)); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if !strings.Contains(strings.Join(notes, "\n"), test.note) || (test.note == "") != (notes == nil) {
				t.Errorf("notes %q, want %q", notes, test.note)
			}
			if specText(old) != specText(load(t, head+test.old)) {
				t.Error("the old spec is another one now")
			}
		})
	}
}

func TestAnnotate(t *testing.T) {
	const in = "image: q.io/a:1\nmanifests:\n- {image: 'q.io/a:x@" + digest + "', platform: linux/arm/v6}\n" +
		"- {image: 'q.io/i:x@" + digest + "', platform: linux/amd64}\n- {image: 'q.io/i:x@" + digest + "', platform: 'windows/amd64:10'}\n" +
		"- {image: 'q.io/f:x@" + digest + "', platform: {os: windows, architecture: arm64, os.features: [a, b]}}\n"
	features := "q.io/f:x@" + digest + " windows/arm64[a b]\n"
	arm, windows := "q.io/a:x@"+digest+" linux/arm/v6\n", "q.io/i:x@"+digest+" windows/amd64:10\n"
	tests := []struct {
		member string
		given  v1.Platform
		old    string
		want   string // "" if it is an error
	}{
		{"q.io/a:x", v1.Platform{Architecture: "arm64"}, arm, "q.io/a:x@" + digest + " linux/arm64\n"},
		{"q.io/a:x@" + digest, v1.Platform{Architecture: "arm", Variant: "7"}, arm, "q.io/a:x@" + digest + " linux/arm/v7\n"},
		{"q.io/a@" + digest, v1.Platform{OS: "linux", Architecture: "arm"}, arm, arm},
		{"q.io/i:x", v1.Platform{OS: "windows", OSFeatures: []string{"win32k"}}, windows, "q.io/i:x@" + digest + " windows/amd64:10[win32k]\n"},
		{"q.io/f:x", v1.Platform{OSFeatures: []string{"c", "b", "c"}}, features, "q.io/f:x@" + digest + " windows/arm64[a b c]\n"},
		{"q.io/f:x", v1.Platform{OS: "windows", OSFeatures: []string{"a"}}, features, features},
		{"q.io/f:x", v1.Platform{OS: "linux", OSFeatures: []string{"a"}}, features, "q.io/f:x@" + digest + " linux/arm64[a]\n"},
		{"q.io/f:x", v1.Platform{Architecture: "amd64"}, features, "q.io/f:x@" + digest + " windows/amd64[a b]\n"},
		{"q.io/i:x", v1.Platform{Architecture: "amd64"}, "", ""},
		{"q.io/i:x", v1.Platform{OSVersion: "11"}, "", ""},
		{"q.io/a:x@" + otherDigest, v1.Platform{OS: "linux"}, "", ""},
		{"q.io/a:y", v1.Platform{OS: "linux"}, "", ""},
		{"q.io/b:x", v1.Platform{OS: "linux"}, "", ""},
	}
	for _, test := range tests {
		s := load(t, in)
		member, err := ParseReference(test.member)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Annotate(member, test.given, nil)
		if wrong := (*MemberError)(nil); (test.want == "") != errors.As(err, &wrong) {
			t.Errorf("%s %v: %v", test.member, test.given, err)
		}
		if want := strings.Replace(specText(load(t, in)), test.old, test.want, 1); specText(s) != want {
			t.Errorf("%s %v:\n%s\nwant\n%s", test.member, test.given, specText(s), want)
		}
	}
	s := load(t, "image: a\ntype: docker\nmanifests: [{image: b}]")
	if err := s.Annotate(s.Entries[0].Source, v1.Platform{}, map[string]string{"k": "v"}); !errors.Is(err, errDockerAnnotations) {
		t.Errorf("an annotation in a Docker list: %v", err)
	}
}

func TestEntriesFor(t *testing.T) {
	s := load(t, "image: q.io/a:1\nmanifests:\n- {image: 'q.io/b:x@"+digest+"', platform: linux/arm}\n- {image: 'q.io/b:x@"+digest+"', platform: linux/386}\n"+
		"- {image: 'q.io/b:y@"+otherDigest+"', platform: linux/amd64}\n")
	for member, want := range map[string]int{
		"q.io/b:x": 2, "q.io/b:x@" + digest: 2, "q.io/b@" + digest: 2, "q.io/b:y": 1, "q.io/b:y@" + otherDigest: 1,
		"q.io/b:x@" + otherDigest: 1, // the digest is meant
		"q.io/b:z":                0, "q.io/c:x": 0, "q.io/c@" + digest: 0, "q.io/b": 0,
	} {
		ref, err := ParseMember(member, Place{})
		if err != nil {
			t.Fatal(err)
		}
		entries, err := s.EntriesFor(ref)
		if wrong := (*MemberError)(nil); len(entries) != want || errors.As(err, &wrong) != (want == 0) {
			t.Errorf("%s: %d entries, %v, want %d", member, len(entries), err, want)
		}
	}
	if len(s.Entries) != 3 {
		t.Error("the spec is another one now")
	}
}
