package registrytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	ociImage    = string(types.OCIManifestSchema1)
	ociIndex    = string(types.OCIImageIndex)
	dockerImage = string(types.DockerManifestSchema2)
	dockerList  = string(types.DockerManifestList)
)

// desc is a descriptor in JSON.
func desc(mediaType, digest string, size int) string {
	return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, mediaType, digest, size)
}

func TestPutManifest(t *testing.T) {
	image, docker := Image{}.Build(), Image{Docker: true}.Build()
	elsewhere := Image{Seed: "elsewhere"}.Build()
	config := desc(string(types.OCIConfigJSON), digestOf(blob), len(blob))
	ofImage := desc(ociImage, image.Digest, len(image.Manifest))
	img := func(layers string) string {
		return `{"schemaVersion":2,"mediaType":"` + ociImage + `","config":` + config + `,"layers":[` + layers + `]}`
	}
	idx := func(children string) string { return `{"schemaVersion":2,"manifests":[` + children + `]}` }
	plain := func(digest string, size int) string { return desc(string(types.OCILayer), digest, size) }
	foreign := func(mediaType types.MediaType, rest string) string {
		return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":7%s}`, mediaType, digestOf([]byte("absent")), rest)
	}
	const urls = `,"urls":["https://example.com/layer"]`
	for _, tc := range []struct {
		name, mediaType, body string
		status                int
		code                  string
	}{
		{"image", ociImage, img(plain(digestOf(blob), len(blob))), 201, ""},
		{"image without layers", ociImage, img(""), 201, ""},
		{"image without mediaType", ociImage, `{"schemaVersion":2,"config":` + config + `,"layers":[]}`, 201, ""},
		{"docker image", dockerImage, string(docker.Manifest), 201, ""},
		{"index", ociIndex, idx(ofImage), 201, ""},
		{"empty index", ociIndex, idx(""), 201, ""},
		{"index of docker image", ociIndex, idx(desc(dockerImage, docker.Digest, len(docker.Manifest))), 201, ""},
		{"docker list of OCI image", dockerList, string(Index(true, image).Manifest), 201, ""},

		{"layer missing", ociImage, img(plain(digestOf([]byte("absent")), 6)), 400, "MANIFEST_BLOB_UNKNOWN"},
		{"layer of another repository", ociImage, img(plain(digestOf([]byte("elsewhere")), 9)), 400, "MANIFEST_BLOB_UNKNOWN"},
		{"layer of wrong size", ociImage, img(plain(digestOf(blob), len(blob)+1)), 400, "MANIFEST_BLOB_UNKNOWN"},
		{"missing layer of size 0", ociImage, img(plain(digestOf([]byte("absent")), 0)), 400, "MANIFEST_BLOB_UNKNOWN"},
		{"layer without type", ociImage, img(desc("", digestOf(blob), len(blob))), 400, "MANIFEST_INVALID"},
		{"layer of size -1", ociImage, img(plain(digestOf(blob), -1)), 400, "MANIFEST_BLOB_UNKNOWN"},
		{"config missing", ociImage, strings.Replace(img(""), digestOf(blob), digestOf([]byte("absent")), 1), 400, "MANIFEST_BLOB_UNKNOWN"},
		{"config of wrong size", ociImage, strings.Replace(img(""), `"size":10`, `"size":11`, 1), 400, "MANIFEST_BLOB_UNKNOWN"},
		{"config is a manifest", ociImage, strings.Replace(img(""), config, ofImage, 1), 400, "MANIFEST_BLOB_UNKNOWN"},
		{"foreign layer", ociImage, img(foreign(types.DockerForeignLayer, urls)), 201, ""},
		{"restricted layer", ociImage, img(foreign(types.OCIRestrictedLayer, urls)), 201, ""},
		{"plain restricted layer", ociImage, img(foreign(types.OCIUncompressedRestrictedLayer, urls)), 201, ""},
		{"foreign layer without urls", ociImage, img(foreign(types.DockerForeignLayer, "")), 400, "MANIFEST_BLOB_UNKNOWN"},
		{"plain layer with urls", ociImage, img(foreign(types.OCILayer, urls)), 400, "MANIFEST_BLOB_UNKNOWN"},

		{"child missing", ociIndex, idx(desc(ociImage, digestOf([]byte("absent")), 6)), 400, "MANIFEST_BLOB_UNKNOWN"},
		{"child in another repository", ociIndex, idx(desc(ociImage, elsewhere.Digest, len(elsewhere.Manifest))), 400, "MANIFEST_BLOB_UNKNOWN"},
		{"child is a blob", ociIndex, idx(desc(ociImage, digestOf(blob), len(blob))), 400, "MANIFEST_BLOB_UNKNOWN"},
		{"child of wrong size", ociIndex, idx(desc(ociImage, image.Digest, 1)), 400, "MANIFEST_INVALID"},
		{"child of wrong type", ociIndex, idx(desc(dockerImage, image.Digest, len(image.Manifest))), 400, "MANIFEST_INVALID"},
		{"docker list, child missing", dockerList, strings.Replace(string(Index(true, image).Manifest), image.Digest, digestOf(nil), 1), 400, "MANIFEST_BLOB_UNKNOWN"},

		{"no Content-Type", "", img(""), 400, "MANIFEST_INVALID"},
		{"unknown Content-Type", "application/json", idx(""), 400, "MANIFEST_INVALID"},
		{"type of nothing", "application/json", strings.Replace(img(""), ociImage, "application/json", 1), 400, "MANIFEST_INVALID"},
		{"schema 1", string(types.DockerManifestSchema1), idx(""), 400, "MANIFEST_INVALID"},
		{"Content-Type with parameter", ociIndex + "; charset=utf-8", idx(""), 400, "MANIFEST_INVALID"},
		{"other Content-Type", dockerImage, img(""), 400, "MANIFEST_INVALID"},
		{"docker image without mediaType", dockerImage, `{"schemaVersion":2,"config":` + config + `,"layers":[]}`, 400, "MANIFEST_INVALID"},
		{"docker list without mediaType", dockerList, idx(""), 400, "MANIFEST_INVALID"},
		{"empty body", ociIndex, "", 400, "MANIFEST_INVALID"},
		{"not JSON", ociIndex, "manifest", 400, "MANIFEST_INVALID"},
		{"null", ociIndex, "null", 400, "MANIFEST_INVALID"},
		{"trailing bytes", ociIndex, idx("") + "{}", 400, "MANIFEST_INVALID"},
		{"deep", ociIndex, strings.Repeat("[", 100_000), 400, "MANIFEST_INVALID"},
		{"schemaVersion 1", ociIndex, `{"schemaVersion":1,"manifests":[]}`, 400, "MANIFEST_INVALID"},
		{"no schemaVersion", ociIndex, `{"manifests":[]}`, 400, "MANIFEST_INVALID"},
		{"image with manifests", ociImage, strings.Replace(img(""), `"layers"`, `"manifests":[],"layers"`, 1), 400, "MANIFEST_INVALID"},
		{"index with layers", ociIndex, `{"schemaVersion":2,"manifests":[],"layers":[]}`, 400, "MANIFEST_INVALID"},
		{"index with config", ociIndex, `{"schemaVersion":2,"manifests":[],"config":` + config + `}`, 400, "MANIFEST_INVALID"},
		{"image without config", ociImage, `{"schemaVersion":2,"layers":[]}`, 400, "MANIFEST_INVALID"},
		{"image without list of layers", ociImage, `{"schemaVersion":2,"config":` + config + `}`, 400, "MANIFEST_INVALID"},
		{"index without manifests", ociIndex, `{"schemaVersion":2}`, 400, "MANIFEST_INVALID"},
		{"descriptor without digest", ociIndex, idx(`{"mediaType":"` + ociImage + `","size":1}`), 400, "MANIFEST_INVALID"},
		{"descriptor without type", ociIndex, idx(`{"digest":"` + image.Digest + `","size":1}`), 400, "MANIFEST_INVALID"},
		{"descriptor null", ociIndex, idx(`null`), 400, "MANIFEST_INVALID"},
		{"malformed digest", ociIndex, idx(desc(ociImage, "sha256:../..", 1)), 400, "MANIFEST_INVALID"},

		{"4 MiB", ociIndex, fill(idx(""), 4<<20), 201, ""},
		{"more than 4 MiB", ociIndex, fill(idx(""), 4<<20+1), 400, "MANIFEST_INVALID"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := New(t, Options{})
			uploadBlob(t, srv, "app", blob)
			uploadBlob(t, srv, "other", []byte("elsewhere"))
			srv.Push(t, "app", "", image)
			srv.Push(t, "app", "", docker)
			srv.Push(t, "other", "", elsewhere)
			a := expect(t, ask(t, srv, "PUT", "/v2/app/manifests/tag", []byte(tc.body), "Content-Type", tc.mediaType), tc.status, tc.code)
			digest, tagged := srv.Tag("app", "tag")
			equal(t, "tagged", tagged, tc.status == 201)
			if tc.code == "MANIFEST_BLOB_UNKNOWN" && !bytes.Contains(a.body, []byte(`"detail":{"digest":"sha256:`)) {
				t.Errorf("no digest in the error: %s", a.body)
			}
			if tc.status != 201 {
				return
			}
			equal(t, "digest", digest, digestOf([]byte(tc.body)))
			equal(t, "Location", a.header.Get("Location"), srv.URL()+"/v2/app/manifests/"+digest)
			equal(t, "Docker-Content-Digest", a.header.Get("Docker-Content-Digest"), digest)
			mediaType, raw, ok := srv.Manifest("app", digest)
			equal(t, "kept", ok && bytes.Equal(raw, []byte(tc.body)), true)
			equal(t, "type", mediaType, tc.mediaType)
		})
	}
}

// fill makes a document as long as that, with white space.
func fill(document string, length int) string {
	return document + strings.Repeat(" ", length-len(document))
}

func TestPutManifestByDigest(t *testing.T) {
	srv := New(t, Options{})
	body := []byte(`{"schemaVersion":2,"manifests":[]}`)
	put := func(reference string) answer {
		return ask(t, srv, "PUT", "/v2/app/manifests/"+reference, body, "Content-Type", ociIndex)
	}
	expect(t, put(digestOf(nil)), 400, "DIGEST_INVALID")
	expect(t, put(digestOf(body)), 201, "")
	if a := expect(t, ask(t, srv, "GET", "/v2/app/tags/list", nil), 200, ""); string(a.body) != `{"name":"app","tags":[]}` {
		t.Errorf("tags: %s", a.body)
	}
}

func TestImmutableTags(t *testing.T) {
	srv := New(t, Options{ImmutableTags: true})
	image := Image{}.Build()
	srv.Push(t, "app", "v1", image)
	for _, a := range []Artifact{image, Index(false, image)} {
		put := func(reference string) answer {
			return ask(t, srv, "PUT", "/v2/app/manifests/"+reference, a.Manifest, "Content-Type", a.MediaType)
		}
		expect(t, put("v1"), 400, "TAG_INVALID")
		expect(t, put(a.Digest), 201, "")
		expect(t, put("v"+a.Digest[7:]), 201, "")
	}
	digest, _ := srv.Tag("app", "v1")
	equal(t, "tag", digest, image.Digest)

	srv = New(t, Options{})
	srv.Push(t, "app", "v1", image)
	srv.Push(t, "app", "v1", Index(false, image))
	digest, _ = srv.Tag("app", "v1")
	equal(t, "moved tag", digest, Index(false, image).Digest)
}

func TestGetManifest(t *testing.T) {
	image, docker := Image{}.Build(), Image{Docker: true}.Build()
	all := []Artifact{image, docker, Index(false, image), Index(true, docker)}
	srv := New(t, Options{})
	for _, a := range all {
		srv.Push(t, "app", a.Digest[7:], a)
		for _, reference := range []string{a.Digest, a.Digest[7:]} {
			path := "/v2/app/manifests/" + reference
			for _, accept := range []string{a.MediaType, "text/html, " + a.MediaType + ";q=0.5"} {
				get := expect(t, ask(t, srv, "GET", path, nil, "Accept", "text/plain", "Accept", accept), 200, "")
				head := ask(t, srv, "HEAD", path, nil, "Accept", accept)
				equal(t, "HEAD", head.status, 200)
				equal(t, "body", string(get.body), string(a.Manifest))
				equal(t, "body of HEAD", len(head.body), 0)
				for _, h := range []map[string][]string{get.header, head.header} {
					equal(t, "Content-Type", h["Content-Type"][0], a.MediaType)
					equal(t, "Content-Length", h["Content-Length"][0], fmt.Sprint(len(a.Manifest)))
					equal(t, "Docker-Content-Digest", h["Docker-Content-Digest"][0], a.Digest)
				}
			}
			for _, other := range all {
				if other.MediaType != a.MediaType {
					expect(t, ask(t, srv, "GET", path, nil, "Accept", other.MediaType), 404, "MANIFEST_UNKNOWN")
				}
			}
			expect(t, ask(t, srv, "GET", path, nil), 404, "MANIFEST_UNKNOWN")
			expect(t, ask(t, srv, "GET", path, nil, "Accept", "*/*"), 404, "MANIFEST_UNKNOWN")
			expect(t, ask(t, srv, "GET", strings.Replace(path, "app", "other", 1), nil, "Accept", a.MediaType), 404, "MANIFEST_UNKNOWN")
		}
	}
}

func TestDeleteManifest(t *testing.T) {
	image := Image{}.Build()
	srv := New(t, Options{})
	srv.Push(t, "app", "a", image)
	expect(t, ask(t, srv, "DELETE", "/v2/app/manifests/a", nil), 405, "UNSUPPORTED")
	expect(t, ask(t, srv, "DELETE", "/v2/app/manifests/"+image.Digest, nil), 405, "UNSUPPORTED")

	srv = New(t, Options{AllowDelete: true})
	for _, tag := range []string{"a", "b", "c"} {
		srv.Push(t, "app", tag, image)
	}
	srv.Push(t, "app", "other", Index(false, image))
	expect(t, ask(t, srv, "DELETE", "/v2/app/manifests/a", nil), 202, "")
	expect(t, ask(t, srv, "DELETE", "/v2/app/manifests/a", nil), 404, "MANIFEST_UNKNOWN")
	_, _, ok := srv.Manifest("app", image.Digest)
	equal(t, "manifest is left", ok, true)
	expect(t, ask(t, srv, "DELETE", "/v2/app/manifests/"+image.Digest, nil), 202, "")
	expect(t, ask(t, srv, "DELETE", "/v2/app/manifests/"+image.Digest, nil), 404, "MANIFEST_UNKNOWN")
	_, _, ok = srv.Manifest("app", image.Digest)
	equal(t, "manifest is left", ok, false)
	var list struct{ Tags []string }
	if err := json.Unmarshal(ask(t, srv, "GET", "/v2/app/tags/list", nil).body, &list); err != nil {
		t.Fatal(err)
	}
	equal(t, "tags", strings.Join(list.Tags, " "), "other")
}
