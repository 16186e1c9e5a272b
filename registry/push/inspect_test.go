package push_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/resolve"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// TestInspect shows what no index should hold, and many do.
func TestInspect(t *testing.T) {
	amd64 := image("amd64")
	bare := image("s390x")
	bare.Platform.OS, bare.Platform.Architecture = "", ""
	nested := registrytest.Index(false, amd64)
	gone := image("arm64")
	w := &world{}
	e := w.add(t, "example.com/app:1", registrytest.Index(false, amd64, bare, nested))
	memory := w.memory(e.Source.Place)
	empty := memory.AddBlob("application/vnd.oci.empty.v1+json", []byte("{}"))
	artifact := registry.NewManifest(types.OCIManifestSchema1, fmt.Appendf(nil,
		`{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":%q,"digest":%q,"size":2},"layers":[]}`,
		types.OCIManifestSchema1, empty.MediaType, empty.Digest))
	memory.AddManifest("", artifact)
	entry := func(mediaType, digest string, size int, rest string) string {
		return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d%s}`, mediaType, digest, size, rest)
	}
	index := fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"manifests":[%s]}`, types.OCIImageIndex, strings.Join([]string{
		entry(amd64.MediaType, amd64.Digest, len(amd64.Manifest), `,"platform":{"os":"linux","architecture":"amd64"}`),
		entry(bare.MediaType, bare.Digest, len(bare.Manifest), ``),
		entry(nested.MediaType, nested.Digest, len(nested.Manifest), `,"platform":null`),
		entry("application/x-unheard-of", amd64.Digest, 5, ``),
		entry(string(artifact.MediaType), artifact.Digest.String(), len(artifact.Bytes), ``),
		entry(gone.MediaType, gone.Digest, len(gone.Manifest), `,"platform":{"os":"linux","architecture":"arm64"}`),
		entry(amd64.MediaType, amd64.Digest, len(amd64.Manifest), `,"annotations":{"vnd.docker.reference.type":"attestation-manifest"}`),
	}, ","))
	memory.AddManifest("odd", registry.NewManifest(types.OCIImageIndex, []byte(index)))
	ref := spec.Reference{Place: e.Source.Place, Tag: "odd"}
	for _, configs := range []bool{false, true} {
		found, err := resolve.Inspect(t.Context(), memory, ref, configs)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range found.Entries {
			word := e.Platform.String()
			if e.Image != nil {
				word += fmt.Sprintf(" layers=%d", len(e.Image.Layers))
			}
			if e.Missing {
				word += " missing"
			}
			got = append(got, strings.TrimSpace(word))
			if configs && e.Image != nil && len(e.Image.ConfigBytes) == 0 {
				t.Errorf("%s: no config, though it was asked for", word)
			}
		}
		want := "linux/amd64 layers=1|linux/s390x layers=1|||layers=0|linux/arm64 missing|layers=1"
		if strings.Join(got, "|") != want {
			t.Errorf("found %q, want %q", strings.Join(got, "|"), want)
		}
	}
}

func TestSelect(t *testing.T) {
	w := &world{}
	amd64, arm64 := image("amd64"), image("arm64")
	multi := w.add(t, "example.com/app:multi", registrytest.Index(false, amd64, arm64)).Source
	single := w.add(t, "example.com/app:single", amd64).Source
	tests := []struct {
		ref      spec.Reference
		platform string
		want     string // the digest, or the error
	}{
		{multi, "linux/arm64/v8", arm64.Digest},
		{multi, "linux/s390x", "the index has no image for linux/s390x; its platforms are linux/amd64, linux/arm64"},
		{single, "linux/amd64", amd64.Digest},
		{single, "linux/arm64", "the image is for linux/amd64, not for linux/arm64"},
	}
	for _, test := range tests {
		platform, err := platforms.Parse(test.platform)
		if err != nil {
			t.Fatal(err)
		}
		memory := w.memory(test.ref.Place)
		found, err := resolve.Inspect(t.Context(), memory, test.ref, false)
		if err != nil {
			t.Fatal(err)
		}
		got, err := resolve.Select(t.Context(), memory, found, platform, false)
		switch {
		case err != nil && !strings.Contains(err.Error(), test.want):
			t.Errorf("%s %s: error %v, want %s", test.ref, test.platform, err, test.want)
		case err == nil && got.Manifest.Digest.String() != test.want:
			t.Errorf("%s %s: %s, want %s", test.ref, test.platform, got.Manifest.Digest, test.want)
		}
	}
}
