package index_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// seedIndexes are the indexes of all shapes, and one that this program does not write.
func seedIndexes(f *testing.F) [][]byte {
	var seeds [][]byte
	for _, s := range registrytest.Shapes() {
		if types.MediaType(s.MediaType).IsIndex() {
			seeds = append(seeds, s.Manifest)
		}
	}
	for _, words := range []string{attested, companied, twice, copied} {
		m, err := namedIndex(f, words).Manifest()
		if err != nil {
			f.Fatal(err)
		}
		seeds = append(seeds, m.Bytes)
	}
	return seeds
}

// identified parses bytes from outside. It skips bytes that no other code takes for an index.
func identified(t *testing.T, raw []byte) index.Index {
	m, err := registry.Identify(string(types.OCIImageIndex), raw)
	if err != nil {
		t.Skip()
	}
	x, err := index.Parse(m)
	if err != nil {
		t.Skip()
	}
	return x
}

func rawOf(x index.Index) []string {
	raw := make([]string, len(x.Entries))
	for i, e := range x.Entries {
		raw[i] = string(e.Raw)
	}
	return raw
}

// FuzzParse holds that entries keep their bytes when an index is parsed and written.
func FuzzParse(f *testing.F) {
	for _, seed := range seedIndexes(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		x := identified(t, raw)
		m, err := x.Manifest()
		if err != nil {
			t.Skip() // larger than registries take
		}
		again := identified(t, m.Bytes)
		if diff := cmp.Diff(rawOf(x), rawOf(again)); diff != "" {
			t.Errorf("entries of %q (-before +after):\n%s", raw, diff)
		}
		if kinds(x.Entries) != kinds(again.Entries) {
			t.Errorf("%q: kinds are %s, and then %s", raw, kinds(x.Entries), kinds(again.Entries))
		}
	})
}

// FuzzChanges holds that no change loses an entry which it is not about, or its bytes or place.
func FuzzChanges(f *testing.F) {
	for _, seed := range seedIndexes(f) {
		for at := range uint8(4) {
			f.Add(seed, at, at%3)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, at, what uint8) {
		x := identified(t, raw)
		if len(x.Entries) == 0 {
			t.Skip()
		}
		picked := x.Entries[int(at)%len(x.Entries)]
		before, added := slices.Clone(x.Entries), index.Entry{}
		isAbout := func(e index.Entry) bool { return e.InGroup() && index.SameGroup(e.Platform, picked.Platform) }
		var err error
		switch what % 3 {
		case 0:
			isAbout = func(e index.Entry) bool { return e.Descriptor.Digest == picked.Descriptor.Digest }
			_, err = x.Remove(spec.Pick{Digest: picked.Descriptor.Digest})
		case 1:
			isAbout = func(e index.Entry) bool {
				return e.InGroup() && index.SameGroup(e.Platform, picked.Platform) && platforms.Matches(v1.Platform{OSFeatures: picked.Platform.OSFeatures}, e.Platform)
			}
			_, err = x.Remove(spec.Pick{Platform: picked.Platform})
		default:
			added = newEntry(picked.Platform)
			if added, _, err = x.Write(added, nil); err == nil {
				x.Put([]index.Entry{added})
			}
		}
		if err != nil || picked.Descriptor.Digest == (v1.Hash{}) {
			t.Skip() // nothing to pick by, or an ambiguous platform
		}
		var about []v1.Hash
		for _, e := range before {
			if isAbout(e) {
				about = append(about, e.Descriptor.Digest)
			}
		}
		var want, got []string
		for _, e := range before {
			if !isAbout(e) && !(e.IsAttached() && slices.Contains(about, e.Subject)) {
				want = append(want, string(e.Raw))
			}
		}
		for _, e := range x.Entries {
			if isNew := string(e.Raw) == string(added.Raw); !isNew && (what%3 != 1 || picked.InGroup()) && !(e.IsAttached() && slices.Contains(about, e.Subject)) {
				got = append(got, string(e.Raw))
			}
		}
		if what%3 == 1 && !picked.InGroup() {
			t.Skip() // an entry outside of groups has no platform to pick it by
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q, entry %d, change %d (-want +got):\n%s", raw, at, what%3, diff)
		}
	})
}

// newEntry is an image that no index in the seeds lists.
func newEntry(platform v1.Platform) index.Entry {
	e := index.NewEntry(v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: registry.DigestOf([]byte("new")), Size: 7})
	e.Platform = platform
	return e
}
