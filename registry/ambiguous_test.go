package registry_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

// What two readers may read in two ways is refused, whatever the rest of it.
func TestTwoReadings(t *testing.T) {
	const index = "application/vnd.oci.image.index.v1+json"
	for document, want := range map[string]string{
		`{"schemaVersion":2,"manifests":[],"annotations":{"Size":"1","size":"2","OS":"x"}}`:      "",
		`{"schemaVersion":2,"manifests":[],"x":1,"X":2}`:                                         "",
		`{"schemaVersion":2,"manifests":[],"manifests":[]}`:                                      `the key "manifests" occurs twice`,
		`{"schemaVersion":2,"manifests":[],"annotations":{"a":"1","a":"2"}}`:                     `the key "a" occurs twice`,
		`{"schemaVersion":2,"manifests":[],"Manifests":[]}`:                                      `the key "Manifests"`,
		`{"schemaVersion":2,"manifests":[],"m\u0061nifests":[]}`:                                 `the key "manifests" occurs twice`,
		`{"schemaVersion":2,"manifests":[],"x":{"Size":1}}`:                                      `the key "Size"`,
		`{"schemaVersion":2,"manifests":[],"layers":[]}`:                                         "several kinds of manifest",
		`{"schemaVersion":2,"manifests":[],"config":{}}`:                                         "several kinds of manifest",
		`{"schemaVersion":2,"manifests":[],"fsLayers":[]}`:                                       "several kinds of manifest",
		`{"schemaVersion":2,"layers":[],"fsLayers":[]}`:                                          "several kinds of manifest",
		`{"schemaVersion":2,"manifests":[{"size":-1}]}`:                                          "size of -1 bytes",
		`{"schemaVersion":2,"manifests":[{"digest":"sha512:` + strings.Repeat("0", 128) + `"}]}`: "sha512",
		`{"schemaVersion":2,"manifests":[{"size":9223372036854775808}]}`:                         "the field manifests.size has an invalid value",
		`{"schemaVersion":2,"manifests":[]}{}`:                                                   "not a valid manifest",
		"{\"schemaVersion\":2,\"manifests\":[],\"x\":\"\xff\"}":                                  "not UTF-8",
		"\xef\xbb\xbf{\"schemaVersion\":2,\"manifests\":[]}":                                     "not a valid manifest",
		`{"schemaVersion":2,"manifests":[],"x":` + strings.Repeat("[", 20_000):                   "nested more than 100 deep",
	} {
		_, err := registry.Identify(index, []byte(document))
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", document, err)
		case want != "" && (!errors.Is(err, registry.ErrUnverified) || !strings.Contains(err.Error(), want)):
			t.Errorf("%.100s: error %v, want %q", document, err, want)
		}
	}
}

// The platform of an image is what its config says, in one way.
func TestConfigOfTwoReadings(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"architecture":"amd64","os":"linux","config":{"Labels":{"OS":"x","os":"y"}},"Created":"x"}`: true,
		`{"architecture":"amd64","os":"linux","architecture":"arm64"}`:                                false,
		`{"architecture":"amd64","os":"linux","Architecture":"arm64"}`:                                false,
		`{"architecture":"amd64","os":"linux","oſ":"windows"}`:                                        false,
		`{"Architecture":"amd64","os":"linux"}`:                                                       false,
		`{"architecture":"amd64","os":"linux","o\u0073":"windows"}`:                                   false,
		`[]`: false,
	} {
		memory := &repositorytest.Memory{}
		d := memory.AddBlob(types.OCIConfigJSON, []byte(text))
		config, err := registry.ReadConfig(t.Context(), memory, d)
		if ok != (err == nil) || ok && config.Platform.Architecture != "amd64" || !ok && !errors.Is(err, registry.ErrUnverified) {
			t.Errorf("%s: %v, %v", text, config.Platform, err)
		}
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add("application/vnd.oci.image.index.v1+json", []byte(`{"schemaVersion":2,"manifests":[],"annotations":{"a":"b"}}`))
	f.Add("", []byte(`{"schemaVersion":2,"config":{},"layers":[],"Manifests":null}`))
	f.Fuzz(func(t *testing.T, declared string, raw []byte) {
		m, err := registry.Identify(declared, raw)
		if err != nil {
			return
		}
		if again, err := registry.Identify(string(m.MediaType), raw); err != nil || again.MediaType != m.MediaType {
			t.Errorf("%q is %q, then %q: %v", declared, m.MediaType, again.MediaType, err)
		}
	})
}
