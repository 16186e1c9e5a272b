package plan

import (
	"slices"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

func listedNode(listed, config v1.Platform) Node {
	d := v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: v1.Hash{Algorithm: "sha256", Hex: "1"}, Platform: &listed}
	return Node{Entry: index.Entry{Kind: index.Image, Descriptor: d, Platform: listed}, Config: config}
}

func parsed(t *testing.T, text string) v1.Platform {
	t.Helper()
	if text == "" {
		return v1.Platform{}
	}
	p, err := platforms.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// An entry says only what the config does not say.
func TestEntryOf(t *testing.T) {
	for _, test := range []struct {
		listed, config string
		says           string
		empty          []string
		none           bool
	}{
		{"linux/amd64", "linux/amd64", "", nil, false},
		{"linux/arm64/v8", "linux/arm64", "linux/arm64/v8", nil, false},
		{"linux/arm/v7", "linux/arm/v7", "", nil, false},
		{"linux/s390x", "linux/amd64", "linux/s390x", nil, false},
		{"linux/amd64", "", "linux/amd64", nil, false},
		{"windows/amd64:10.0.1.1", "windows/amd64:10.0.1.1", "", nil, false},
		{"windows/amd64", "windows/amd64:10.0.1.1", "windows/amd64", []string{"os.version"}, false},
		{"windows/amd64", "windows(10.0.1.1+win32k)/amd64", "windows/amd64", []string{"os.features", "os.version"}, false},
		{"linux/amd64", "windows/amd64:10.0.1.1", "linux/amd64", nil, false},
		{"", "linux/amd64", "", nil, true},
	} {
		e := EntryOf(listedNode(parsed(t, test.listed), parsed(t, test.config)))
		if !e.Platform.Equals(parsed(t, test.says)) || !slices.Equal(e.Empty, test.empty) || e.NoPlatform != test.none {
			t.Errorf("%+v: %+v", test, e)
		}
	}
}

// A tag of an image says the platform where the image does not.
func TestSayPlatform(t *testing.T) {
	for _, test := range []struct {
		named, says string
		against     string
		images      []string // listed platforms, as those of an index
	}{
		{"linux/amd64", "", "", []string{"linux/amd64"}},
		{"linux/arm64", "", "", []string{"linux/arm64/v8"}},
		{"linux/arm/v7", "", "", []string{"linux/arm"}},
		{"linux/arm/v6", "linux/arm/v6", "linux/arm", []string{"linux/arm"}},
		{"linux/s390x", "linux/s390x", "linux/amd64", []string{"linux/amd64"}},
		{"linux/amd64", "linux/amd64", "", []string{""}},
		{"linux/amd64", "linux/amd64", "", []string{"linux/amd64", "linux/arm64"}},
		{"linux/s390x", "", "linux/arm64", []string{"linux/amd64", "linux/arm64"}},
		{"windows/amd64", "", "", []string{"windows/amd64:10.0.1.1", "windows/amd64:10.0.2.1"}},
	} {
		var found ResolvedEntry
		for _, image := range test.images {
			found.Nodes = append(found.Nodes, listedNode(parsed(t, image), v1.Platform{}))
		}
		attestation := listedNode(v1.Platform{}, v1.Platform{})
		attestation.Kind = index.Attestation
		found.Nodes = append(found.Nodes, attestation)
		says, against := SayPlatform(found, parsed(t, test.named))
		if !says.Equals(parsed(t, test.says)) || (against == nil) != (test.against == "") || against != nil && against.String() != test.against {
			t.Errorf("%+v: %v %v", test, says, against)
		}
	}
}
