package repositorytest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

func testImageByTag(t *testing.T, repo, _ registry.Repository) {
	for _, mediaType := range []types.MediaType{types.OCIManifestSchema1, types.DockerManifestSchema2} {
		var m Memory
		i := newImage(t, &m, mediaType, "one")
		putImage(t, repo, &m, "v1", i)
		wantManifest(t, repo, registry.Ref{Tag: "v1"}, i.Manifest)
		wantManifest(t, repo, byDigest(i.Manifest), i.Manifest)
	}
}

func testImageByDigest(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	one := newImage(t, &m, types.OCIManifestSchema1, "one")
	two := newImage(t, &m, types.OCIManifestSchema1, "two")
	putImage(t, repo, &m, "", one)
	wantManifest(t, repo, byDigest(one.Manifest), one.Manifest)
	wantNoManifest(t, repo, registry.Ref{Tag: "latest"})
	wantNoManifest(t, repo, registry.Ref{Tag: one.Digest.Hex})
	wantNoManifest(t, repo, byDigest(two.Manifest))
}

// testExactBytes puts manifests whose bytes no encoder would give back.
func testExactBytes(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	i := newImage(t, &m, types.OCIManifestSchema1, "one")
	putBlobs(t, repo, &m, i.blobs...)
	config, layer := i.blobs[0], i.blobs[1]
	for n, text := range []string{
		"\n{ \"unknown\" : [1.0, 1e2, 12345678901234567890],\r\n\t\"layers\":[ {\"size\":%d,\"digest\":\"%s\",\"mediaType\":\"%s\"}],\n" +
			"\"config\":{\"size\":%d,\"digest\":\"%s\",\"mediaType\":\"%s\"},\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"schemaVersion\":2 }\n\n",
		`{"schemaVersion":2,"annotations":{"a":"<&>\u003c\u00e9é\/"},"layers":[{"size":%d,"digest":"%s","mediaType":"%s"}],` +
			`"config":{"size":%d,"digest":"%s","mediaType":"%s"},"mediaType":"application\/vnd.oci.image.manifest.v1+json"}`,
	} {
		text = fmt.Sprintf(text, layer.Size, layer.Digest, layer.MediaType, config.Size, config.Digest, config.MediaType)
		odd := registry.NewManifest(types.OCIManifestSchema1, []byte(text))
		put(t, repo, fmt.Sprint("odd", n), odd)
		wantManifest(t, repo, registry.Ref{Tag: fmt.Sprint("odd", n)}, odd)
		wantManifest(t, repo, byDigest(odd), odd)
	}
}

func testIndexes(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	oci := newImage(t, &m, types.OCIManifestSchema1, "one")
	docker := newImage(t, &m, types.DockerManifestSchema2, "two")
	putImage(t, repo, &m, "", oci)
	putImage(t, repo, &m, "", docker)
	for tag, index := range map[string]registry.Manifest{
		"oci":    newIndex(t, types.OCIImageIndex, oci.Manifest),
		"docker": newIndex(t, types.DockerManifestList, docker.Manifest),
		"mixed":  newIndex(t, types.OCIImageIndex, oci.Manifest, docker.Manifest),
		"twice":  newIndex(t, types.OCIImageIndex, oci.Manifest, oci.Manifest, docker.Manifest),
	} {
		put(t, repo, tag, index)
		wantManifest(t, repo, registry.Ref{Tag: tag}, index)
		wantManifest(t, repo, byDigest(index), index)
	}
	inner := newIndex(t, types.OCIImageIndex, docker.Manifest, oci.Manifest)
	put(t, repo, "", inner)
	wantManifest(t, repo, byDigest(inner), inner)
	outer := newIndex(t, types.OCIImageIndex, inner, oci.Manifest)
	put(t, repo, "outer", outer)
	wantManifest(t, repo, registry.Ref{Tag: "outer"}, outer)
}

func testTags(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	one := newImage(t, &m, types.OCIManifestSchema1, "one")
	two := newImage(t, &m, types.OCIManifestSchema1, "two")
	putImage(t, repo, &m, "one", one)
	putImage(t, repo, &m, "two", two)
	put(t, repo, "uno", one.Manifest)
	wantManifest(t, repo, registry.Ref{Tag: "one"}, one.Manifest)
	wantManifest(t, repo, registry.Ref{Tag: "uno"}, one.Manifest)
	wantManifest(t, repo, registry.Ref{Tag: "two"}, two.Manifest)
	for _, tag := range []string{"on", "one1", "One", "latest"} {
		wantNoManifest(t, repo, registry.Ref{Tag: tag})
	}
	// A digest counts more than a tag.
	wantManifest(t, repo, registry.Ref{Tag: "one", Digest: two.Digest}, two.Manifest)
}

func testTagMoves(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	one := newImage(t, &m, types.OCIManifestSchema1, "one")
	two := newImage(t, &m, types.DockerManifestSchema2, "two")
	putImage(t, repo, &m, "stays", one)
	putImage(t, repo, &m, "moves", one)
	putImage(t, repo, &m, "moves", two)
	wantManifest(t, repo, registry.Ref{Tag: "moves"}, two.Manifest)
	wantManifest(t, repo, registry.Ref{Tag: "stays"}, one.Manifest)
	wantManifest(t, repo, byDigest(one.Manifest), one.Manifest)
	put(t, repo, "moves", one.Manifest)
	wantManifest(t, repo, registry.Ref{Tag: "moves"}, one.Manifest)
	wantManifest(t, repo, byDigest(two.Manifest), two.Manifest)
}

// testTagGrammar uses the edges of the grammar (distribution-spec, "Pulling manifests").
func testTagGrammar(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	i := newImage(t, &m, types.OCIManifestSchema1, "one")
	putBlobs(t, repo, &m, i.blobs...)
	good := []string{"1", "_", "_-.", "A.b_C-", "v1..2", "0--", strings.Repeat("t", 128)}
	for _, tag := range good {
		put(t, repo, tag, i.Manifest)
	}
	for _, tag := range good {
		wantManifest(t, repo, registry.Ref{Tag: tag}, i.Manifest)
	}
	for _, tag := range []string{"-a", ".a", "..", "../x", "a/../b", "a b", "a\n", "a\x00", "é", "a?b=c", "a%2fb", "a#b", " "} {
		err := repo.PutManifest(t.Context(), registry.Ref{Tag: tag}, i.Manifest)
		wantErr(t, fmt.Sprintf("PutManifest with the tag %q", tag), err, registry.ErrInvalid)
		if _, err := repo.Manifest(t.Context(), registry.Ref{Tag: tag}); err == nil {
			t.Errorf("Manifest with the tag %q: no error", tag)
		}
	}
}

func testAgain(t *testing.T, repo, _ registry.Repository) {
	var m Memory
	i := newImage(t, &m, types.OCIManifestSchema1, "one")
	index := newIndex(t, types.OCIImageIndex, i.Manifest)
	for range 3 {
		putImage(t, repo, &m, "image", i)
		put(t, repo, "", i.Manifest)
		put(t, repo, "index", index)
		put(t, repo, "", index)
	}
	wantManifest(t, repo, registry.Ref{Tag: "image"}, i.Manifest)
	wantManifest(t, repo, registry.Ref{Tag: "index"}, index)
}
