package index_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
)

// parsed is an index of an image for amd64 and of an artifact that names the digest of the image in an annotation.
func parsed(t *testing.T, mediaType types.MediaType, key string) index.Index {
	t.Helper()
	image, artifact := registry.DigestOf([]byte("image")), registry.DigestOf([]byte("artifact"))
	x, err := index.Parse(registry.NewManifest(mediaType, fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":%q,"manifests":[`+
		`{"mediaType":%q,"digest":%q,"size":1,"platform":{"architecture":"amd64","os":"linux"}},`+
		`{"mediaType":%q,"digest":%q,"size":1,"annotations":{%q:%q},"artifactType":"x/y"}]}`,
		mediaType, types.OCIManifestSchema1, image, types.OCIManifestSchema1, artifact, key, image)))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// An artifact that was taken from an image is no companion of the image.
func TestSourceIsNoSubject(t *testing.T) {
	for key, want := range map[string]index.Kind{"org.example.image": index.Companion, index.SourceDigest: index.Artifact} {
		if got := parsed(t, types.OCIImageIndex, key).Entries[1].Kind; got != want {
			t.Errorf("%s: the kind is %s, want %s", key, got, want)
		}
	}
}

func TestAnnotateEntry(t *testing.T) {
	x := parsed(t, types.OCIImageIndex, "k")
	source := map[string]string{index.SourceName: "reg.test/a:1"}
	image := x.Entries[0]
	for range 2 { // the second time changes nothing
		if err := x.AnnotateEntry(image.Descriptor.Digest, image.Platform, source); err != nil {
			t.Fatal(err)
		}
	}
	m, err := x.Manifest()
	if err != nil || strings.Count(string(m.Bytes), index.SourceName) != 1 || len(x.Changes) != 1 {
		t.Errorf("%v %+v\n%s", err, x.Changes, m.Bytes)
	}
	other := image.Platform
	other.Architecture = "arm64"
	if err := x.AnnotateEntry(image.Descriptor.Digest, other, map[string]string{"k": "v"}); err != nil || len(x.Changes) != 1 {
		t.Errorf("%v %+v", err, x.Changes)
	}
	list := parsed(t, types.DockerManifestList, "k")
	if err := list.AnnotateEntry(image.Descriptor.Digest, image.Platform, source); err == nil {
		t.Error("a Docker list takes an annotation")
	}
	if err := list.AnnotateEntry(image.Descriptor.Digest, image.Platform, nil); err != nil {
		t.Error(err)
	}
}
