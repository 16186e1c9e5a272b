package registrytest

import (
	"encoding/json"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Tools that add zstd copies keep the config, as diff_ids are digests of uncompressed layers (image-spec, config.md).
func TestZstdCopyHasTheSameConfig(t *testing.T) {
	s := Shapes()["zstd"]
	for n := range 2 {
		gzip, config := parts(t, s.Children[n])
		zstd, _ := parts(t, s.Children[n+2])
		equal(t, "config", zstd.Config.Digest, gzip.Config.Digest)
		archive := gunzip(s.Children[n].Blobs[gzip.Layers[0].Digest.String()])
		equal(t, "diff_id", digestOf(archive), config.RootFS.DiffIDs[0].String())
		equal(t, "shared layer", zstd.Layers[0].Digest == gzip.Layers[0].Digest, false)
	}
}

// The config of every Windows image has an os.version, also where the descriptor has none.
func TestHostProcessConfig(t *testing.T) {
	for n, want := range []string{"10.0.17763.5329", "10.0.20348.2227", "10.0.17763.1"} {
		_, config := parts(t, Shapes()["hostprocess"].Children[n])
		equal(t, "os.version", config.OSVersion, want)
	}
}

// BuildKit writes the level of amd64 into the config, too.
func TestLevelsConfig(t *testing.T) {
	for n, want := range []string{"", "v2", "v3", ""} {
		_, config := parts(t, Shapes()["levels"].Children[n])
		equal(t, "variant", config.Variant, want)
	}
}

func TestNydusConfig(t *testing.T) {
	s := Shapes()["nydus"]
	m, config := parts(t, s.Children[1])
	equal(t, "os.features in the config", len(config.OSFeatures), 0)
	equal(t, "diff_ids", len(config.RootFS.DiffIDs), len(m.Layers))
	equal(t, "diff_id of data", config.RootFS.DiffIDs[0], m.Layers[0].Digest)
	archive, _ := unpack(t, s.Children[1].Blobs[m.Layers[1].Digest.String()])
	equal(t, "diff_id of metadata", config.RootFS.DiffIDs[1].String(), digestOf(archive))
}

func TestConfigsWithoutPlatform(t *testing.T) {
	for _, name := range []string{"lone", "lone-config", "model"} {
		_, config := parts(t, Shapes()[name].Children[0])
		equal(t, name+": platform", config.OS+config.Architecture, "")
	}
}

// The attestation that soci converts says what image it is about in its statement only.
func TestSOCIAttestedStatement(t *testing.T) {
	s := Shapes()["soci-attested"]
	m, config := parts(t, s.Children[1])
	equal(t, "platform", config.OS+"/"+config.Architecture, "unknown/unknown")
	statement := string(s.Children[1].Blobs[m.Layers[0].Digest.String()])
	names := func(digest string) bool { return strings.Contains(statement, strings.TrimPrefix(digest, "sha256:")) }
	equal(t, "names the image", names(s.Children[0].Digest), false)
	equal(t, "names the image before the conversion", names(Image{Seed: "attested"}.Build().Digest), true)
}

// The empty config is a blob of the repository, although its descriptor embeds the data (image-spec, descriptor.md,
// "Embedded Content").
func TestEmptyConfigIsABlob(t *testing.T) {
	for _, name := range []string{"disk", "lone", "sbom"} {
		s := Shapes()[name]
		last := s.Children[len(s.Children)-1]
		var m v1.Manifest
		if err := json.Unmarshal(last.Manifest, &m); err != nil {
			t.Fatal(err)
		}
		equal(t, name+": blob", string(last.Blobs[m.Config.Digest.String()]), "{}")
		equal(t, name+": type", string(m.Config.MediaType), "application/vnd.oci.empty.v1+json")
	}
}
