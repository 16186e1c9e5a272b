package plan

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// Tags are sorted as people do, from any order.
func TestCompareTags(t *testing.T) {
	want := strings.Fields("1 1.0 1.0-rc1 1.2 1.9 01.10 1.010 1.10 10 99999999999999999999 100000000000000000000 Latest a a0 a1 a02 a2 a10 latest v1.9.0 v1.10.0-alpine")
	got := slices.Clone(want)
	for range 20 {
		rand.Shuffle(len(got), func(i, k int) { got[i], got[k] = got[k], got[i] })
		slices.SortFunc(got, CompareTags)
		if !slices.Equal(got, want) {
			t.Fatalf("got  %v\nwant %v", got, want)
		}
	}
}

func FuzzCompareTags(f *testing.F) {
	f.Add("1.9", "1.10", "1.010")
	f.Add("a", "0", "00a")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if CompareTags(a, b) != -CompareTags(b, a) || (CompareTags(a, b) == 0) != (a == b) {
			t.Errorf("%q and %q: %d and %d", a, b, CompareTags(a, b), CompareTags(b, a))
		}
		if CompareTags(a, b) < 0 && CompareTags(b, c) < 0 && CompareTags(a, c) >= 0 {
			t.Errorf("%q < %q < %q, but not %[1]q < %[3]q", a, b, c)
		}
	})
}

func TestNewListedTag(t *testing.T) {
	const digest = `"digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000"`
	for name, tt := range map[string]struct {
		mediaType      types.MediaType
		manifest       string
		kind, artifact string
		size           int64
		platforms      int
	}{
		"image": {types.OCIManifestSchema1, `{"config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":2,` + digest + `},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":40,` + digest + `}]}`, "image", "", 42, 0},
		"chart": {types.OCIManifestSchema1, `{"artifactType":"application/vnd.cncf.helm","config":{"mediaType":"application/vnd.oci.empty.v1+json","size":2,` + digest + `},"layers":[]}`, "artifact", "application/vnd.cncf.helm", 2, 0},
		"index": {types.OCIImageIndex, `{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":2,` + digest + `,"platform":{"os":"linux","architecture":"arm64"}}]}`, "index", "", 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := NewListedTag("1.0", registry.NewManifest(tt.mediaType, []byte(tt.manifest)))
			if err != nil || string(got.Kind) != tt.kind || got.ArtifactType != tt.artifact || got.Size != tt.size || len(got.Platforms) != tt.platforms {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}
