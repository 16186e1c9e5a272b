package registrytest

import (
	"archive/tar"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"io"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// parts reads an image back.
func parts(t *testing.T, a Artifact) (v1.Manifest, v1.ConfigFile) {
	t.Helper()
	var m v1.Manifest
	var config v1.ConfigFile
	if err := json.Unmarshal(a.Manifest, &m); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(a.Blobs[m.Config.Digest.String()], &config); err != nil {
		t.Fatal(err)
	}
	return m, config
}

// unpack returns the tar and the content of its only file.
func unpack(t *testing.T, blob []byte) (archive, content []byte) {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(blob))
	if err != nil {
		t.Fatal(err)
	}
	archive, err = io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	tr := tar.NewReader(bytes.NewReader(archive))
	if _, err := tr.Next(); err != nil {
		t.Fatal(err)
	}
	if content, err = io.ReadAll(tr); err != nil {
		t.Fatal(err)
	}
	return archive, content
}

// These digests change only if images change, which tests elsewhere may have written down.
func TestSameBytesEverywhere(t *testing.T) {
	for name, tc := range map[string]struct {
		artifact Artifact
		want     string
	}{
		"zero":     {Image{}.Build(), "sha256:db929f60d97fe55e2b169ca12262a5a6a2f78f3fe014903317163d23197b02df"},
		"large":    {Image{Docker: true, Layers: 2, LayerSize: 100_000, Seed: "s"}.Build(), "sha256:1cb456cd461adc04d5e37b79ead82b5259fd54b6c13868e40c9810e577b9b7bb"},
		"attested": {Attested(Image{Labels: map[string]string{"b": "2", "a": "1"}}.Build()), "sha256:435a80b8b2b13a9797e767fa71c24db969c6ba2d205d2b2bc6bd5042713f79da"},
	} {
		equal(t, name, tc.artifact.Digest, tc.want)
	}
}

func TestZeroImage(t *testing.T) {
	a := Image{}.Build()
	m, config := parts(t, a)
	equal(t, "type", a.MediaType, ociImage)
	equal(t, "type in manifest", string(m.MediaType), ociImage)
	equal(t, "config type", m.Config.MediaType, types.OCIConfigJSON)
	equal(t, "layers", len(m.Layers), 1)
	equal(t, "layer type", m.Layers[0].MediaType, types.OCILayer)
	equal(t, "os", config.OS, "linux")
	equal(t, "architecture", config.Architecture, "amd64")
	equal(t, "platform", a.Platform.String(), "linux/amd64")
	equal(t, "digest", a.Digest, digestOf(a.Manifest))
	equal(t, "tiny", len(a.Blobs[m.Layers[0].Digest.String()]) < 4096, true)
}

func TestImage(t *testing.T) {
	image := Image{
		OS: "windows", Architecture: "arm", Variant: "v7", OSVersion: "10.0.1", OSFeatures: []string{"win32k"},
		Docker: true, Layers: 3, LayerSize: 50_000, Labels: map[string]string{"a": "b"},
	}
	a := image.Build()
	m, config := parts(t, a)
	equal(t, "type", a.MediaType, dockerImage)
	equal(t, "config type", m.Config.MediaType, types.DockerConfigJSON)
	want := v1.Platform{OS: "windows", Architecture: "arm", Variant: "v7", OSVersion: "10.0.1", OSFeatures: []string{"win32k"}}
	equal(t, "platform", a.Platform.Equals(want) && config.Platform().Equals(want), true)
	equal(t, "label", config.Config.Labels["a"], "b")
	equal(t, "layers", len(m.Layers), 3)
	equal(t, "diff_ids", len(config.RootFS.DiffIDs), 3)
	equal(t, "blobs", len(a.Blobs), 4)
	for n, d := range m.Layers {
		equal(t, "layer type", d.MediaType, types.DockerLayer)
		blob := a.Blobs[d.Digest.String()]
		equal(t, "size", d.Size, int64(len(blob)))
		archive, content := unpack(t, blob)
		equal(t, "diff_id", digestOf(archive), config.RootFS.DiffIDs[n].String())
		equal(t, "LayerSize", len(content), 50_000)
		var packed bytes.Buffer
		fw, err := flate.NewWriter(&packed, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fw.Write(content); err != nil || fw.Close() != nil {
			t.Fatal("cannot compress")
		}
		equal(t, "can be compressed", packed.Len() < 50_000, false)
	}
}

func TestImagesDiffer(t *testing.T) {
	zero := Image{}.Build()
	for _, image := range []Image{
		{Seed: "x"}, {Architecture: "arm64"}, {OS: "windows"}, {Variant: "v1"}, {OSVersion: "1"}, {OSFeatures: []string{"x"}},
		{Docker: true}, {Layers: 2}, {LayerSize: 1}, {Labels: map[string]string{"a": "b"}}, {Layers: -1},
	} {
		if a := image.Build(); a.Digest == zero.Digest {
			t.Errorf("%+v is the same as the zero image", image)
		}
	}
	equal(t, "no layers", strings.Contains(string(Image{Layers: -1}.Build().Manifest), `"layers":[]`), true)
	plain, _ := parts(t, Image{}.Build())
	docker, _ := parts(t, Image{Docker: true, Labels: map[string]string{"a": "b"}}.Build())
	equal(t, "shared layer", plain.Layers[0].Digest, docker.Layers[0].Digest)
	seeded, _ := parts(t, Image{Seed: "x"}.Build())
	equal(t, "layers of another seed are shared", plain.Layers[0].Digest == seeded.Layers[0].Digest, false)
}
