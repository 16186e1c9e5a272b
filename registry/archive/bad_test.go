package archive_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/archive"
)

// TestBadSaves reads what docker never saves.
func TestBadSaves(t *testing.T) {
	layer := one.layers[0]
	small := dockerImage{names: []string{"a:1"}, arch: "amd64", layers: []string{layer}}
	config := func(text string) []item {
		d := registry.DigestOf([]byte(text)).Hex
		return []item{file(d+".json", text), file("l", layer), manifestJSON(fmt.Sprintf(`{"Config":"%s.json","RepoTags":["a:1"],"Layers":["l"]}`, d))}
	}
	sound := []item{file(small.configName(), small.config()), file("l", layer)}
	with := func(entries ...string) []item { return append(sound[:2:2], manifestJSON(entries...)) }
	gz := func(content string) string { return string(gzipped([]byte(content))) }
	for _, test := range []struct {
		name  string
		items []item
		word  string
	}{
		{"no list", append(sound[:2:2], file("manifest.json", "{}")), "not a list"},
		{"two lists", append(sound[:2:2], file("manifest.json", "[][]")), "not a list"},
		{"not an image", with("7"), "image 1: not a JSON object"},
		{"other types", with(`{"Config":["a"]}`), "image 1 does not have the form"},
		{"a key twice", with(`{"Config":"a","config":"b"}`), "twice"},
		{"many images", with(strings.Repeat("{},", 1000) + "{}"), "1001 images"},
		{"no config", with(`{"Config":"nowhere.json","RepoTags":["a:1"]}`), `"nowhere.json", but the archive does not contain`},
		{"config outside", with(`{"Config":"../../etc/passwd","RepoTags":["a:1"]}`), "does not contain that file"},
		{"no layer", with(small.entry("nowhere")), `"nowhere", but the archive does not contain`},
		{"layer outside", with(small.entry("/etc/passwd")), "does not contain that file"},
		{"layer that is a folder", append(with(small.entry("d")), special(tarDir, "d/", "")), "does not contain that file"},
		{"a layer too few", with(small.entry()), "lists 1 layers, but manifest.json lists 0"},
		{"a layer too many", with(small.entry("l", "l")), "lists 1 layers, but manifest.json lists 2"},
		{"config that is none", config("<xml>"), "not JSON"},
		{"config without layers", config(`{"architecture":"amd64"}`), "not the config of an image"},
		{"config of an artifact", config(`{"rootfs":{"type":"other","diff_ids":[]}}`), "not the config of an image"},
		{"config with a short digest", config(`{"rootfs":{"type":"layers","diff_ids":["sha256:ab"]}}`), "not the config of an image"},
		{"config that is huge", config(`{"x":"` + strings.Repeat("x", registry.MaxManifest) + `"}`), "4194304"},
		{"config of another name", []item{file(small.configName(), small.config()+" "), file("l", layer), manifestJSON(small.entry("l"))}, "have the digest"},
		{"layer of other bytes", []item{sound[0], file("l", gz("other")), manifestJSON(small.entry("l"))}, "but the config lists"},
		{"layer that is cut off", []item{sound[0], file("l", gz(layer)[:60]), manifestJSON(small.entry("l"))}, "unexpected EOF"},
		{"layer with more behind it", []item{sound[0], file("l", gz(layer)+"more than that"), manifestJSON(small.entry("l"))}, "invalid header"},
		{"layer that is hardly gzip", []item{sound[0], file("l", "\x1f\x8b"), manifestJSON(small.entry("l"))}, "unexpected EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, tarOf(t, test.items...))
			repo := open(t, path, docker)
			for _, ref := range []registry.Ref{{}, tag("1"), {Digest: registry.DigestOf(nil)}} {
				_, err := repo.Manifest(t.Context(), ref)
				wantErr(t, err, registry.ErrUnverified, test.word, path)
			}
			_, err := repo.Blob(t.Context(), registry.NewManifest("", nil).Descriptor())
			wantErr(t, err, registry.ErrUnverified, test.word, path)
		})
	}
}

// TestWrongLayer: a layer that is not compressed is found out while it is read, in both ways to send it.
func TestWrongLayer(t *testing.T) {
	for _, content := range []string{"other", one.layers[0] + "x", one.layers[0][1:], ""} {
		small := dockerImage{names: []string{"a:1"}, arch: "amd64", layers: one.layers[:1]}
		path := write(t, small.save(t, func(string) string { return content }))
		repo := open(t, path, docker)
		m, err := repo.Manifest(t.Context(), registry.Ref{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = read(t, repo, layersOf(t, m)[0])
		wantErr(t, err, registry.ErrUnverified, registry.DigestOf([]byte(one.layers[0])).String())
		_, err = open(t, path, archive.Options{Kind: docker.Kind, Compress: true}).Manifest(t.Context(), registry.Ref{})
		wantErr(t, err, registry.ErrUnverified, path)
	}
}

// TestBadLayouts reads archives of layouts that lack something.
func TestBadLayouts(t *testing.T) {
	marker, empty := file("oci-layout", `{"imageLayoutVersion":"1.0.0"}`), file("index.json", `{"schemaVersion":2,"manifests":[]}`)
	digest := registry.DigestOf(nil)
	entry := func(digest string) item {
		return file("index.json", `{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"`+digest+`","size":0}]}`)
	}
	for _, test := range []struct {
		name  string
		items []item
		class error
		word  string
	}{
		{"no marker", []item{empty}, registry.ErrUnverified, "the oci-layout file is missing"},
		{"no index", []item{marker}, registry.ErrUnverified, "neither index.json nor manifest.json"},
		{"another version", []item{file("oci-layout", `{"imageLayoutVersion":"2.0.0"}`), empty}, registry.ErrUnverified, `version "2.0.0"`},
		{"marker that is a folder", []item{special(tarDir, "oci-layout", ""), empty}, registry.ErrUnverified, "oci-layout"},
		{"nothing in it", []item{marker, empty}, registry.ErrNotFound, `no image has the name "latest"; available: none`},
		{"a blob too few", []item{marker, entry(digest.String())}, registry.ErrUnverified, "is the archive cut off?"},
		{"a digest that leads out", []item{marker, entry("sha256:../../index.json")}, registry.ErrUnverified, "not a sha256 digest"},
		{"a blob of other bytes", []item{marker, entry(digest.String()), file("blobs/sha256/"+digest.Hex, "x")}, registry.ErrUnverified, "have the digest"},
		{"a blob that is a folder", []item{marker, entry(digest.String()), special(tarDir, "blobs/sha256/"+digest.Hex, "")}, registry.ErrUnverified, "not a regular file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, tarOf(t, test.items...))
			_, err := open(t, path, oci).Manifest(t.Context(), registry.Ref{})
			wantErr(t, err, test.class, test.word, path)
		})
	}
	linked := tarOf(t, marker, entry(digest.String()), file("l", ""), special(tarSymlink, "blobs/sha256/"+digest.Hex, "../../l"), file("manifest.json", "[]"))
	_, err := open(t, write(t, linked), docker).Manifest(t.Context(), registry.Ref{})
	wantErr(t, err, registry.ErrUnverified, "not a regular file")
}
