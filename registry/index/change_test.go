package index_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// A named index is an index whose entries have names.
type named struct {
	index.Index
	names map[string]string // by the bytes of entries
}

// namedIndex makes an index of words NAME=ENTRY, as entriesOf does. The bytes of its entries are such as this
// program does not write: with blanks, unknown fields and another order of keys.
func namedIndex(t testing.TB, words string) named {
	t.Helper()
	var names, plain, raw []string
	for _, word := range strings.Fields(words) {
		name, entry, _ := strings.Cut(word, "=")
		names, plain = append(names, name), append(plain, entry)
	}
	entries := entriesOf(t, strings.Join(plain, " "))
	for i, e := range entries {
		// one name is one digest, also where it stands for several platforms
		e.Descriptor.Digest = registry.DigestOf([]byte(names[i]))
		entries[i] = e
		raw = append(raw, rawEntry(e, entries, plain[i]))
	}
	n := named{parse(t, fmt.Appendf(nil, `{ "x" : 1, "manifests": [%s] }`, strings.Join(raw, " ,\n"))), map[string]string{}}
	for i := range raw {
		n.names[raw[i]] = names[i]
	}
	return n
}

func rawEntry(e index.Entry, entries []index.Entry, word string) string {
	text := fmt.Sprintf(`{ "digest": "%s", "x-unknown": [1.0, "<&>"], "size": 7, "mediaType": "%s"`, e.Descriptor.Digest, types.OCIManifestSchema1)
	switch {
	case e.Kind == index.Attestation || e.Kind == index.Companion:
		subject := entries[word[1]-'0'].Descriptor.Digest
		if e.Kind == index.Companion {
			text += fmt.Sprintf(`, "artifactType": "x/y", "annotations": {"org.example.image": "%s"}`, subject)
			break
		}
		text += fmt.Sprintf(`, "annotations": {"%s": "%s", "%s": "%s"}`, index.ReferenceDigest, subject, index.ReferenceType, index.AttestationType)
		e.Platform = v1.Platform{OS: "unknown", Architecture: "unknown"}
	case e.Kind == index.Artifact:
		text += `, "artifactType": "x/y"`
	}
	if p := e.Platform; p.OS != "" {
		text += fmt.Sprintf(`, "platform": {"x": 1, "os": "%s", "architecture": "%s", "variant": "%s", "os.version": "%s"}`, p.OS, p.Architecture, p.Variant, p.OSVersion)
	}
	return text + "}"
}

// order is the entries of the index by name. An entry whose bytes changed has its digest's name and "*".
func (n named) order(t testing.TB) string {
	t.Helper()
	m, err := n.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, e := range parse(t, m.Bytes).Entries {
		word, ok := n.names[string(e.Raw)]
		if !ok {
			word = n.nameOf(e.Descriptor.Digest) + "*"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func (n named) nameOf(digest v1.Hash) string {
	for _, name := range n.names {
		if registry.DigestOf([]byte(name)) == digest {
			return name
		}
	}
	return strings.TrimPrefix(digest.Hex, "sha256:")[:6]
}

// changes are the changes, in words.
func (n named) changes() string {
	var words []string
	for _, c := range n.Changes {
		word := c.What + " " + c.Platform.String()
		for _, digest := range []v1.Hash{c.From, c.To} {
			if digest != (v1.Hash{}) {
				word += " " + n.nameOf(digest)
			}
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

func pick(t *testing.T, n named, word string) spec.Pick {
	t.Helper()
	if strings.Contains(word, "/") {
		return spec.Pick{Platform: platformOf(t, word)}
	}
	return spec.Pick{Digest: registry.DigestOf([]byte(word))}
}

const (
	attested  = "a=linux/amd64 b=linux/arm64 aa=+0 ba=+1"
	companied = "a=linux/amd64 b=linux/arm64 as=~0 bs=~1 note=sbom"
	twice     = "a=linux/amd64 a=linux/arm64 aa=+0 b=linux/s390x"
	copied    = "a=linux/amd64 b=linux/arm64 az=linux/amd64 bz=linux/arm64"
)

func TestRemove(t *testing.T) {
	for _, tt := range []struct{ index, pick, want, changes string }{
		{attested, "linux/amd64", "b ba", "removed linux/amd64 a"},
		{attested, "linux/x86_64", "b ba", "removed linux/amd64 a"},
		{attested, "b", "a aa", "removed linux/arm64 b"},
		{attested, "aa", "a b ba", ""}, // an attestation is not worth a line
		{attested, "linux/s390x", "", ""},
		{attested, "none", "", ""},
		{companied, "linux/amd64", "b bs note", "removed linux/amd64 a, removed linux/amd64 as"},
		{companied, "as", "a b bs note", "removed linux/amd64 as"},
		{companied, "note", "a b as bs", "removed  note"},
		{copied, "linux/amd64", "b bz", "removed linux/amd64 a, removed linux/amd64 az"},
		{copied, "az", "a b bz", "removed linux/amd64 az"},
		{twice, "linux/amd64", "a aa b", "removed linux/amd64 a"}, // the other a still has its attestation
		{twice, "a", "b", "removed linux/amd64 a, removed linux/arm64 a"},
		{"a=linux/amd64 d=disk:linux/amd64 b=linux/arm64", "linux/amd64", "b", "removed linux/amd64 a, removed linux/amd64 d"},
	} {
		t.Run(tt.index+" without "+tt.pick, func(t *testing.T) {
			n := namedIndex(t, tt.index)
			before := n.order(t)
			found, err := n.Remove(pick(t, n, tt.pick))
			if err != nil {
				t.Fatal(err)
			}
			if !found {
				tt.want = cmpOr(tt.want, before)
			}
			if modified := n.order(t) != before; found != modified || n.Modified() != modified {
				t.Errorf("Remove reports %v, and Modified %v", found, n.Modified())
			}
			if diff := cmp.Diff([]string{tt.want, tt.changes}, []string{n.order(t), n.changes()}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func TestPut(t *testing.T) {
	for _, tt := range []struct{ index, add, want, changes string }{
		{attested, "n=linux/s390x na=+0", "a b aa ba n na", "added linux/s390x n"},
		{attested, "n=linux/amd64", "n b ba", "replaced linux/amd64 a n"},
		{attested, "n=linux/arm64/v8 na=+0", "a n na aa", "replaced linux/arm64/v8 b n"},
		{attested, "a=linux/amd64", attested, ""},
		{attested, "a=linux/amd64 aa=+0", attested, ""},
		{attested, "a=linux/amd64 na=+0", "a na b ba", "attested linux/amd64 a"},
		{"a=linux/amd64 b=linux/arm64", "a=linux/amd64 na=+0", "a na b", "attested linux/amd64 a"},
		{companied, "a=linux/amd64 ns=~0", "a ns b bs note", "replaced linux/amd64 as ns"},
		{attested, "b=linux/amd64", "b b ba", "replaced linux/amd64 a b"}, // an image of another platform
		{companied, "n=linux/amd64", "n b bs note", "replaced linux/amd64 a n, removed linux/amd64 as"},
		{companied, "n=linux/amd64 ns=~0", "n ns b bs note", "replaced linux/amd64 a n, removed linux/amd64 as, added linux/amd64 ns"},
		{companied, "note=sbom", companied, ""},
		{companied, "new=sbom", "a b as bs note new", "added  new"},
		{copied, "n=linux/amd64", "n b bz", "replaced linux/amd64 a n, removed linux/amd64 az"},
		{copied, "n=linux/amd64 nz=linux/amd64", "n nz b bz", "replaced linux/amd64 a n, removed linux/amd64 az, added linux/amd64 nz"},
		{copied, "a=linux/amd64", "a b bz", "removed linux/amd64 az"},
		{copied, "a=linux/amd64 az=linux/amd64", copied, ""},
		{copied, "az=linux/amd64 a=linux/amd64", copied, ""},
		{twice, "n=linux/arm64", "a n aa b", "replaced linux/arm64 a n"},
		{"b=linux/arm64 a=linux/amd64 ba=+0 c=linux/s390x az=linux/amd64", "n=linux/amd64", "b n ba c", "replaced linux/amd64 a n, removed linux/amd64 az"},
	} {
		t.Run(tt.index+" with "+tt.add, func(t *testing.T) {
			n, added := namedIndex(t, tt.index), namedIndex(t, tt.add)
			var group []index.Entry
			for _, e := range added.Entries {
				e, _, err := n.Write(e, nil)
				if err != nil {
					t.Fatal(err)
				}
				group = append(group, e)
				n.names[string(e.Raw)] = added.nameOf(e.Descriptor.Digest)
			}
			before := n.order(t)
			n.Put(group)
			if modified := n.order(t) != before; n.Modified() != modified {
				t.Errorf("Modified reports %v", n.Modified())
			}
			if diff := cmp.Diff([]string{plainNames(tt.want), tt.changes}, []string{n.order(t), n.changes()}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// plainNames are the names of NAME=ENTRY.
func plainNames(words string) string {
	var names []string
	for _, word := range strings.Fields(words) {
		name, _, _ := strings.Cut(word, "=")
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func TestSetPlatform(t *testing.T) {
	for _, tt := range []struct{ index, pick, to, want, changes string }{
		{attested, "linux/amd64", "linux/amd64/v3", "a* b aa ba", "platform linux/amd64/v3 a a"},
		{attested, "b", "linux/riscv64", "a b* aa ba", "platform linux/riscv64 b b"},
		{attested, "linux/arm64", "linux/arm64", "a b aa ba", ""},
		{companied, "linux/amd64", "linux/s390x", "a* b as* bs note", "platform linux/s390x a a, platform linux/s390x as as"},
		{companied, "a", "linux/s390x", "a* b as* bs note", "platform linux/s390x a a, platform linux/s390x as as"},
		{companied, "note", "linux/s390x", "a b as bs note*", "platform linux/s390x note note"},
		{copied, "linux/amd64", "linux/s390x", "a* b az* bz", "platform linux/s390x a a, platform linux/s390x az az"},
		{copied, "az", "linux/s390x", "a b az* bz", "platform linux/s390x az az"},
		{attested, "linux/s390x", "linux/arm64", "a b aa ba", ""}, // it has its platform from an earlier run
	} {
		t.Run(fmt.Sprintf("%s: %s=%s", tt.index, tt.pick, tt.to), func(t *testing.T) {
			n := namedIndex(t, tt.index)
			found, err := n.SetPlatform(spec.Placed{Pick: pick(t, n, tt.pick), To: platformOf(t, tt.to)})
			if err != nil || !found {
				t.Fatal(found, err)
			}
			if diff := cmp.Diff([]string{tt.want, tt.changes}, []string{n.order(t), n.changes()}); diff != "" {
				t.Error(diff)
			}
			m, err := n.Manifest()
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range parse(t, m.Bytes).Entries {
				if !strings.Contains(string(e.Raw), `"x-unknown":`) || e.HasPlatform() && tt.pick != "note" && !strings.Contains(string(e.Raw), `"x":`) {
					t.Errorf("an unknown field is lost: %s", e.Raw)
				}
			}
		})
	}
	n := namedIndex(t, attested)
	if found, err := n.SetPlatform(spec.Placed{Pick: pick(t, n, "linux/s390x"), To: platformOf(t, "linux/riscv64")}); found || err != nil {
		t.Errorf("SetPlatform of nothing = %v, %v", found, err)
	}
}

func TestAnnotate(t *testing.T) {
	for _, tt := range []struct{ index, platform, want string }{
		{attested, "linux/amd64", "a* b aa ba"},
		{companied, "linux/amd64", "a* b as bs note"},
		{copied, "linux/amd64", "a* b az* bz"},
		{twice, "linux/arm64", "a a* aa b"},
	} {
		n := namedIndex(t, tt.index)
		if err := n.AnnotateImages(platformOf(t, tt.platform), "k", "v"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, n.order(t)); diff != "" {
			t.Errorf("%s: %s", tt.index, diff)
		}
		changes := len(n.Changes)
		if err := n.AnnotateImages(platformOf(t, tt.platform), "k", "v"); err != nil || len(n.Changes) != changes {
			t.Errorf("the same annotation again: %v, %v", n.Changes[changes:], err)
		}
		if err := n.AnnotateImages(platformOf(t, "linux/386"), "k", "v"); err == nil {
			t.Error("no error for a platform that is not there")
		}
	}
	n := namedIndex(t, attested)
	if err := n.Annotate(map[string]string{"k": "v"}); err != nil {
		t.Fatal(err)
	}
	m, err := n.Manifest()
	if err != nil || !strings.HasSuffix(string(m.Bytes), `,"annotations":{"k":"v"}}`) || !strings.HasPrefix(string(m.Bytes), `{"x":1,`) {
		t.Errorf("annotated: %s, %v", m.Bytes, err)
	}
	list := index.New(types.DockerManifestList)
	if list.Annotate(map[string]string{"k": "v"}) == nil || list.AnnotateImages(platformOf(t, "linux/amd64"), "k", "v") == nil {
		t.Error("a Docker list takes annotations")
	}
}

func TestAdd(t *testing.T) {
	const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for name, tt := range map[string]struct {
		mediaType   types.MediaType
		raw         string
		annotations map[string]string
		want        string
		dropped     []string
	}{
		"order of fields": {types.OCIImageIndex, `{"platform":{"os":"linux","architecture":"amd64"},"size":1,"digest":"D","mediaType":"M"}`, nil,
			`{"mediaType":"M","digest":"D","size":1,"platform":{"os":"linux","architecture":"amd64"}}`, nil},
		"all fields": {types.OCIImageIndex, `{"y":[1.0],"artifactType":"T","data":"AA==","urls":["http://x/?a&b"],"size":1,"digest":"D","mediaType":"M","x":{"b":1,"a":2}}`, map[string]string{"b": "<", "a": "1"},
			`{"mediaType":"M","digest":"D","size":1,"urls":["http://x/?a&b"],"annotations":{"a":"1","b":"<"},"data":"AA==","artifactType":"T","y":[1.0],"x":{"b":1,"a":2}}`, nil},
		"blanks": {types.OCIImageIndex, ` { "mediaType" : "M" , "digest":"D", "size": 1, "platform" : { "os" : "linux", "x":  1, "architecture":"amd64" } }`, nil,
			`{"mediaType":"M","digest":"D","size":1,"platform":{"os":"linux","x":1,"architecture":"amd64"}}`, nil},
		"annotations": {types.OCIImageIndex, `{"mediaType":"M","digest":"D","size":1,"annotations":{"z":"1","a":"2"}}`, map[string]string{"a": "3"},
			`{"mediaType":"M","digest":"D","size":1,"annotations":{"a":"3","z":"1"}}`, nil},
		"features": {types.OCIImageIndex, `{"mediaType":"M","digest":"D","size":1,"platform":{"architecture":"amd64","os":"linux","features":["sse4"]}}`, nil,
			`{"mediaType":"M","digest":"D","size":1,"platform":{"architecture":"amd64","os":"linux"}}`, []string{"features"}},
		"docker list": {types.DockerManifestList, `{"mediaType":"M","digest":"D","size":1,"urls":["u"],"annotations":{"a":"b"},"data":"AA==","artifactType":"T","x":1,"platform":{"architecture":"amd64","os":"linux","features":["sse4"]}}`, nil,
			`{"mediaType":"M","digest":"D","size":1,"platform":{"architecture":"amd64","os":"linux","features":["sse4"]}}`, []string{"annotations", "artifactType", "data", "urls", "x"}},
		"spelling of an image": {types.OCIImageIndex, `{"mediaType":"M","digest":"D","size":1,"platform":{"architecture":"x86_64","os":"linux"}}`, nil,
			`{"mediaType":"M","digest":"D","size":1,"platform":{"architecture":"amd64","os":"linux"}}`, nil},
		"spelling of an artifact": {types.OCIImageIndex, `{"mediaType":"M","digest":"D","size":1,"artifactType":"T","platform":{"architecture":"x86_64","os":"linux"}}`, nil,
			`{"mediaType":"M","digest":"D","size":1,"platform":{"architecture":"x86_64","os":"linux"},"artifactType":"T"}`, nil},
		"unknown platform": {types.OCIImageIndex, `{"mediaType":"M","digest":"D","size":1,"platform":{"architecture":"unknown","os":"unknown"}}`, nil,
			`{"mediaType":"M","digest":"D","size":1,"platform":{"architecture":"unknown","os":"unknown"}}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			places := strings.NewReplacer(`"M"`, `"`+string(types.OCIManifestSchema1)+`"`, `"D"`, `"`+digest+`"`, `"T"`, `"x/y"`)
			e := parse(t, []byte(`{"manifests":[`+places.Replace(tt.raw)+`]}`)).Entries[0]
			e.Platform = platforms.Normalise(e.Platform)
			x := index.New(tt.mediaType)
			dropped, err := x.Add(e, tt.annotations)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(dropped)
			if diff := cmp.Diff(places.Replace(tt.want), string(x.Entries[0].Raw)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.dropped, dropped); diff != "" {
				t.Errorf("dropped: %s", diff)
			}
		})
	}
}

// An entry whose platform is taken away has none in the index.
func TestAddWithoutPlatform(t *testing.T) {
	e := shapeIndex(t, "levels").Entries[1]
	e.Kind, e.Platform, e.Descriptor.Platform = index.Artifact, v1.Platform{}, nil
	x := index.New(types.OCIImageIndex)
	if _, err := x.Add(e, nil); err != nil || strings.Contains(string(x.Entries[0].Raw), "platform") {
		t.Errorf("%s, %v", x.Entries[0].Raw, err)
	}
}
