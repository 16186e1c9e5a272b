package layout_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// listed reads the entries of index.json as "word name" lines, with the words of the test's manifests.
func listed(t *testing.T, l onDisk, words map[v1.Hash]string) []string {
	t.Helper()
	var index v1.IndexManifest
	if err := json.Unmarshal([]byte(l.read("index.json")), &index); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range index.Manifests {
		name := d.Annotations[refName]
		if full := d.Annotations[containerd]; full != "" {
			name += "|" + full
		}
		lines = append(lines, words[d.Digest]+" "+name)
	}
	return lines
}

// TestEntriesAfterPuts counts the entries of a manifest that is stored by digest and by name.
func TestEntriesAfterPuts(t *testing.T) {
	a, b := index("a"), index("b")
	referrer := registry.NewManifest(types.OCIImageIndex, fmt.Appendf(nil,
		`{"schemaVersion":2,"manifests":[],"subject":{"mediaType":%q,"digest":%q,"size":%d}}`, a.MediaType, a.Digest, len(a.Bytes)))
	words := map[v1.Hash]string{a.Digest: "a", b.Digest: "b", referrer.Digest: "referrer"}
	type put struct {
		name     string // "" is by digest
		manifest registry.Manifest
	}
	full := "docker.io/x/y:1"
	for _, test := range []struct {
		name   string
		before []string
		puts   []put
		want   []string
	}{
		{"by digest, then by name", nil, []put{{"", a}, {"v1", a}}, []string{"a v1"}},
		{"by name, then by digest", nil, []put{{"v1", a}, {"", a}}, []string{"a v1"}},
		{"by digest between two names", nil, []put{{"v1", a}, {"", a}, {"v2", a}}, []string{"a v1", "a v2"}},
		{"two names after one digest", nil, []put{{"", a}, {"v1", a}, {"v2", a}}, []string{"a v1", "a v2"}},
		{"every order of two manifests", nil, []put{{"", a}, {"", b}, {"v2", b}, {"v1", a}}, []string{"a v1", "b v2"}},
		{"a tag that moves drops the old entry", nil, []put{{"", a}, {"v1", a}, {"", b}, {"v1", b}}, []string{"b v1"}},
		{"a tag that moves leaves what stands without a name", []string{named(a.Descriptor(), refName, "v1"), named(a.Descriptor())},
			[]put{{"v1", b}}, []string{"b v1", "a "}},
		{"a tag that moves to what stands without a name", []string{named(b.Descriptor()), named(a.Descriptor(), refName, "v1")},
			[]put{{"v1", b}}, []string{"b v1"}},
		{"what an older version left", []string{named(a.Descriptor()), named(a.Descriptor(), refName, "v1")},
			[]put{{"v1", a}}, []string{"a v1"}},
		{"twice without a name", []string{named(a.Descriptor()), named(b.Descriptor()), named(a.Descriptor())},
			[]put{{"v1", a}}, []string{"a v1", "b "}},
		{"the name of containerd is a name", []string{named(a.Descriptor(), containerd, full)},
			[]put{{"v1", a}}, []string{"a |" + full, "a v1"}},
		{"nothing is listed beside the name of containerd", []string{named(a.Descriptor(), containerd, full)},
			[]put{{"", a}}, []string{"a |" + full}},
		{"a referrer stays without a name", []string{named(referrer.Descriptor())},
			[]put{{"sbom", referrer}, {"", referrer}}, []string{"referrer ", "referrer sbom"}},
		{"a wrong size without a name", []string{strings.Replace(named(a.Descriptor()), `"size":`, `"size":1`, 1)},
			[]put{{"v1", a}}, []string{"a v1"}},
		{"an entry with a flaw", []string{strings.Replace(named(a.Descriptor()), `"size":`, `"sized":`, 1)},
			[]put{{"v1", b}}, []string{"a ", "b v1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLayout(t)
			l.blob(string(a.Bytes))
			l.index(test.before...)
			repo := open(t, l.dir)
			for _, p := range test.puts {
				ref := tag(p.name)
				if p.name == "" {
					ref = registry.Ref{Digest: p.manifest.Digest}
				}
				mustPut(t, repo, ref, p.manifest)
			}
			if got := listed(t, l, words); !slices.Equal(got, test.want) {
				t.Errorf("index.json lists %q, want %q", got, test.want)
			}
			for _, p := range test.puts { // also what has lost its name
				if m, err := repo.Manifest(t.Context(), registry.Ref{Digest: p.manifest.Digest}); err != nil || m.Digest != p.manifest.Digest {
					t.Errorf("%s is %s, %v", p.manifest.Digest, m.Digest, err)
				}
			}
			wantSound(t, l.dir)
		})
	}
}

// TestNamedEntryKeepsItsDescriptor gives a name to an entry that says more than this package writes.
func TestNamedEntryKeepsItsDescriptor(t *testing.T) {
	l := newLayout(t)
	d := l.blob(emptyIndex("a"))
	l.index(strings.Replace(named(d, "created", "<2020>"), "{", `{"x-unknown":[1e2],"platform":{"architecture":"amd64","os":"linux"},`, 1))
	mustPut(t, open(t, l.dir), tag("v1"), index("a"))
	want := strings.Replace(named(d, "created", "<2020>", refName, "v1"), "{", `{"x-unknown":[1e2],"platform":{"architecture":"amd64","os":"linux"},`, 1)
	var got struct{ Manifests []json.RawMessage }
	if err := json.Unmarshal([]byte(l.read("index.json")), &got); err != nil || len(got.Manifests) != 1 {
		t.Fatalf("index.json is %s, %v", l.read("index.json"), err)
	}
	var a, b any
	json.Unmarshal(got.Manifests[0], &a)
	json.Unmarshal([]byte(want), &b)
	if fmt.Sprint(a) != fmt.Sprint(b) || !strings.Contains(string(got.Manifests[0]), `"x-unknown":[1e2]`) {
		t.Errorf("the entry is\n%s\nwant\n%s", got.Manifests[0], want)
	}
}

// TestReferrerThatGetsAName is still found from its subject.
func TestReferrerThatGetsAName(t *testing.T) {
	l := newLayout(t)
	subject, config := l.blob(emptyIndex("a")), l.blob("{}")
	raw := fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":%s,"layers":[],"subject":%s}`, types.OCIManifestSchema1, named(config), named(subject))
	d := l.blob(raw)
	d.MediaType = types.OCIManifestSchema1
	l.index(named(subject, refName, "v1"), named(d))
	mustPut(t, open(t, l.dir), tag("sbom"), registry.NewManifest(types.OCIManifestSchema1, []byte(raw)))
	found, err := open(t, l.dir).Referrers(t.Context(), subject.Digest)
	if err != nil || len(found) != 1 || found[0].Digest != d.Digest {
		t.Errorf("the referrers are %v, %v", found, err)
	}
}

// TestPutsAtOnce stores one manifest by digest and under names at the same time.
func TestPutsAtOnce(t *testing.T) {
	l := newLayout(t)
	l.index()
	repo := open(t, l.dir)
	var group sync.WaitGroup
	want := []string{}
	for i := range 8 {
		want = append(want, fmt.Sprint("a v", i))
		for _, ref := range []registry.Ref{tag(fmt.Sprint("v", i)), {Digest: index("a").Digest}} {
			group.Go(func() {
				if err := repo.PutManifest(t.Context(), ref, index("a")); err != nil {
					t.Error(err)
				}
			})
		}
	}
	group.Wait()
	got := listed(t, l, map[v1.Hash]string{index("a").Digest: "a"})
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("index.json lists %q, want %q", got, want)
	}
}
