package plan

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

func digestOf(word string) v1.Hash { return registry.DigestOf([]byte(word)) }

// recordedEntry is an entry of an index that names its source.
func recordedEntry(name, digest, architecture string) index.Entry {
	return index.NewEntry(v1.Descriptor{
		MediaType: types.OCIManifestSchema1, Digest: digestOf(name + architecture),
		Annotations: map[string]string{index.SourceName: name, index.SourceDigest: digest},
		Platform:    &v1.Platform{OS: "linux", Architecture: architecture},
	})
}

// What an index names as its sources comes from outside: only images on registries count.
func TestRecordedSources(t *testing.T) {
	digest := digestOf("a").String()
	for _, test := range []struct {
		name, digest string
		want         string // empty if the entry has no valid source
	}{
		{"reg.test/app:1", digest, "reg.test/app:1@" + digest},
		{"reg.test/app", digest, "reg.test/app@" + digest},
		{"docker.io/library/alpine:3", digest, "docker.io/library/alpine:3@" + digest},
		{"reg.test/app:1@" + digest, digest, ""},
		{"", digest, ""},
		{"oci-layout:/etc", digest, ""},
		{"docker-archive:a.tar", digest, ""},
		{"https://user:word@reg.test/app:1", digest, ""},
		{"user:word@reg.test/app:1", digest, ""},
		{"reg.test/../app:1", digest, ""},
		{"reg.test/app:1\n", digest, ""},
		{strings.Repeat("a", 5000), digest, ""},
		{"reg.test/app:1", "", ""},
		{"reg.test/app:1", "sha256:1", ""},
		{"reg.test/app:1", "sha512:" + strings.Repeat("a", 128), ""},
	} {
		found, without := RecordedSources([]index.Entry{recordedEntry(test.name, test.digest, "amd64")})
		got := ""
		if len(found) > 0 {
			got = found[0].Source.String()
		}
		if got != test.want || (without == 0) != (test.want != "") {
			t.Errorf("%.40q %s: %q, %d without", test.name, test.digest, got, without)
		}
	}
	attestation := recordedEntry("reg.test/app:1", digest, "unknown")
	attestation.Kind = index.Attestation
	found, without := RecordedSources([]index.Entry{recordedEntry("reg.test/app:1", digest, "amd64"), recordedEntry("reg.test/app:1", digest, "arm64"), attestation})
	if len(found) != 1 || len(found[0].Platforms) != 2 || without != 0 {
		t.Errorf("%+v, %d without", found, without)
	}
}

func FuzzRecordedSources(f *testing.F) {
	f.Add("reg.test/app:1", digestOf("a").String())
	f.Add("oci-layout:/x", "sha256:zz")
	f.Fuzz(func(t *testing.T, name, digest string) {
		found, without := RecordedSources([]index.Entry{recordedEntry(name, digest, "amd64")})
		if len(found)+without != 1 {
			t.Errorf("%d sources, %d without", len(found), without)
		}
		for _, s := range found {
			if s.Source.Place.Kind != spec.Registry || strings.ContainsAny(s.Source.String(), " \n\x1b") {
				t.Errorf("%q", s.Source)
			}
		}
	})
}

func reference(t *testing.T, s string) spec.Reference {
	t.Helper()
	ref, err := spec.ParseReference(s)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func TestCheckTags(t *testing.T) {
	source := func(name, digest string) RecordedSource {
		ref := reference(t, name)
		ref.Digest = digestOf(digest)
		return RecordedSource{Source: ref}
	}
	now := map[spec.Reference]v1.Descriptor{
		reference(t, "reg.test/a:1"): {Digest: digestOf("a")},
		reference(t, "reg.test/b:1"): {Digest: digestOf("b2")},
	}
	checks := CheckTags([]RecordedSource{source("reg.test/a:1", "a"), source("reg.test/b:1", "b"), source("reg.test/c:1", "c"), source("reg.test/d", "d")}, now)
	var got []string
	for _, c := range checks {
		got = append(got, fmt.Sprintf("%s %s %t", c.Source.Tag, c.Status, c.IsOutdated()))
	}
	if diff := cmp.Diff([]string{"1 current false", "1 moved true", "1 gone true", " pinned false"}, got); diff != "" {
		t.Error(diff)
	}
	if n := (SubjectCheck{Sources: checks}).Outdated(); n != 2 {
		t.Errorf("%d are outdated", n)
	}
}

func TestCheckSpec(t *testing.T) {
	linux := func(architecture string) v1.Platform { return v1.Platform{OS: "linux", Architecture: architecture} }
	entry := func(word, architecture string) index.Entry {
		p := linux(architecture)
		return index.NewEntry(v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: digestOf(word), Platform: &p})
	}
	held := []index.Entry{entry("amd", "amd64"), entry("arm", "arm64")}
	for name, test := range map[string]struct {
		source    string
		now       string // the word of the digest that the tag holds
		found     []index.Entry
		unsettled bool
		want      SourceCheck
	}{
		"the image is listed":         {"r.test/a:1", "amd", nil, false, SourceCheck{Was: digestOf("amd"), Now: digestOf("amd"), Status: SourceCurrent}},
		"the tag does not exist":      {"r.test/a:1", "", nil, false, SourceCheck{Status: SourceGone}},
		"an index of listed images":   {"r.test/a:1", "index", held, true, SourceCheck{Was: digestOf("index"), Now: digestOf("index"), Status: SourceCurrent}},
		"another image":               {"r.test/a:1", "amd2", []index.Entry{entry("amd2", "amd64")}, true, SourceCheck{Was: digestOf("amd"), Now: digestOf("amd2"), Status: SourceMoved, Platforms: []v1.Platform{linux("amd64")}}},
		"a platform that is not held": {"r.test/a:1", "s390x", []index.Entry{entry("s390x", "s390x")}, true, SourceCheck{Now: digestOf("s390x"), Status: SourceNew, Platforms: []v1.Platform{linux("s390x")}}},
		"a digest that is listed":     {"r.test/a@" + digestOf("amd").String(), "", nil, false, SourceCheck{Was: digestOf("amd"), Now: digestOf("amd"), Status: SourceCurrent}},
		"a tag beside its digest":     {"r.test/a:1@" + digestOf("amd").String(), "amd2", nil, false, SourceCheck{Was: digestOf("amd"), Now: digestOf("amd2"), Status: SourceMoved}},
	} {
		t.Run(name, func(t *testing.T) {
			ref := reference(t, test.source)
			s := spec.Spec{Entries: []spec.Entry{{Source: ref}}}
			now := map[spec.Reference]v1.Descriptor{}
			if test.now != "" {
				now[ref.Unpinned()] = v1.Descriptor{Digest: digestOf(test.now)}
			}
			if got := len(Unsettled(s, now, held)) == 1; got != test.unsettled {
				t.Errorf("unsettled: %v", got)
			}
			found := map[int]ResolvedEntry{}
			if test.unsettled {
				var e ResolvedEntry
				for _, image := range test.found {
					e.Nodes = append(e.Nodes, Node{Entry: image})
				}
				found[0] = e
			}
			test.want.Source = ref.Unpinned()
			if got := CheckSpec(s, now, held, found); len(got) != 1 || !reflect.DeepEqual(got[0], test.want) {
				t.Errorf("%+v\nwant %+v", got, test.want)
			}
		})
	}
}
