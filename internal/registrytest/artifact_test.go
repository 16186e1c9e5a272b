package registrytest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// entries reads an index.
func entries(t *testing.T, raw []byte) []v1.Descriptor {
	t.Helper()
	var index v1.IndexManifest
	if err := json.Unmarshal(raw, &index); err != nil {
		t.Fatal(err)
	}
	return index.Manifests
}

func TestIndex(t *testing.T) {
	image, arm := Image{}.Build(), Image{Architecture: "arm", Variant: "v7", OSFeatures: []string{"x"}}.Build()
	for docker, mediaType := range map[bool]string{false: ociIndex, true: dockerList} {
		index := Index(docker, image, arm, Index(false))
		equal(t, "type", index.MediaType, mediaType)
		equal(t, "type in body", strings.Contains(string(index.Manifest), `"mediaType":"`+mediaType+`"`), true)
		equal(t, "digest", index.Digest, digestOf(index.Manifest))
		children := entries(t, index.Manifest)
		equal(t, "children", len(children), 3)
		equal(t, "platform", children[1].Platform.Equals(arm.Platform), true)
		equal(t, "platform of an index", children[2].Platform, nil)
		equal(t, "child", children[0].Digest.String(), image.Digest)
		equal(t, "size", children[0].Size, int64(len(image.Manifest)))
	}
	equal(t, "empty", string(Index(false).Manifest), `{"schemaVersion":2,"mediaType":"`+ociIndex+`","manifests":[]}`)
}

func TestAttested(t *testing.T) {
	image := Image{}.Build()
	index := Attested(image)
	children := entries(t, index.Manifest)
	equal(t, "type", index.MediaType, ociIndex)
	equal(t, "children", len(children), 2)
	equal(t, "image", children[0].Digest.String(), image.Digest)
	equal(t, "platform", children[0].Platform.String(), "linux/amd64")
	equal(t, "platform of the attestation", children[1].Platform.String(), "unknown/unknown")
	equal(t, "reference.type", children[1].Annotations["vnd.docker.reference.type"], "attestation-manifest")
	equal(t, "reference.digest", children[1].Annotations["vnd.docker.reference.digest"], image.Digest)

	var m v1.Manifest
	if err := json.Unmarshal(index.Children[1].Manifest, &m); err != nil {
		t.Fatal(err)
	}
	equal(t, "artifactType", m.ArtifactType, "application/vnd.docker.attestation.manifest.v1+json")
	equal(t, "config", string(m.Config.MediaType), "application/vnd.oci.empty.v1+json")
	equal(t, "data", string(m.Config.Data), "{}")
	equal(t, "subject", m.Subject.Digest.String(), image.Digest)
	equal(t, "layers", len(m.Layers), 1)
	equal(t, "layer", string(m.Layers[0].MediaType), "application/vnd.in-toto+json")
	equal(t, "predicate", m.Layers[0].Annotations["in-toto.io/predicate-type"], "https://slsa.dev/provenance/v1")
}

func TestPushOverHTTP(t *testing.T) {
	index := Index(false, Image{Docker: true}.Build(), Attested(Image{Architecture: "arm64", Layers: 2}.Build()))
	for _, relative := range []bool{false, true} {
		srv := New(t, Options{RelativeLocation: relative})
		for _, tag := range []string{"latest", ""} {
			if err := index.Push(srv.URL(), "app", tag); err != nil {
				t.Fatal(err)
			}
		}
		if err := srv.Complete("app", "latest"); err != nil {
			t.Error(err)
		}
	}
	srv := New(t, Options{Auth: BasicAuth})
	if err := index.Push(srv.URL(), "app", "latest"); err == nil || !strings.Contains(err.Error(), "UNAUTHORIZED") {
		t.Errorf("got %v", err)
	}
}

func TestWriteLayout(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	image, index := Image{}.Build(), Attested(Image{Architecture: "arm64"}.Build())
	if err := image.WriteLayout(dir, ""); err != nil {
		t.Fatal(err)
	}
	if err := index.WriteLayout(dir, "v1"); err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	equal(t, "oci-layout", string(read("oci-layout")), `{"imageLayoutVersion":"1.0.0"}`)
	list := entries(t, read("index.json"))
	equal(t, "entries", len(list), 2)
	equal(t, "first", list[0].Digest.String(), image.Digest)
	equal(t, "first has a name", len(list[0].Annotations), 0)
	equal(t, "second", list[1].Digest.String(), index.Digest)
	equal(t, "name", list[1].Annotations["org.opencontainers.image.ref.name"], "v1")
	for _, a := range []Artifact{image, index, index.Children[0], index.Children[1]} {
		equal(t, "manifest", string(read("blobs/sha256/"+a.Digest[7:])), string(a.Manifest))
		for digest, blob := range a.Blobs {
			equal(t, "blob", string(read("blobs/sha256/"+digest[7:])), string(blob))
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "index.json"), []byte("["), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := image.WriteLayout(dir, ""); err == nil {
		t.Error("a broken index.json was overwritten")
	}
}
