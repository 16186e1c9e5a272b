package registry

import (
	"errors"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Images of schema 1 are told from what is only old, or only says that it is.
func TestIsSchema1(t *testing.T) {
	const signed, image = "application/vnd.docker.distribution.manifest.v1+prettyjws", "application/vnd.docker.distribution.manifest.v2+json"
	for _, test := range []struct {
		declared, body string
		want           bool
	}{
		{signed, `{}`, true},
		{signed + "; charset=utf-8", `{"schemaVersion":2}`, true},
		{"application/json", `{"schemaVersion":1,"fsLayers":[]}`, true},
		{"application/json", `{"schemaVersion":1,"mediaType":"` + signed + `"}`, true},
		{"application/json", `{"schemaVersion":1,"config":{},"layers":[]}`, false},
		{"application/json", `{"schemaVersion":1,"manifests":[]}`, false},
		{"application/json", `{"schemaVersion":2,"fsLayers":[]}`, false},
		{image, `{"schemaVersion":"1","config":{},"layers":[]}`, false},
	} {
		if _, err := Identify(test.declared, []byte(test.body)); errors.Is(err, ErrSchema1) != test.want {
			t.Errorf("%s %s: %v", test.declared, test.body, err)
		}
		if _, err := ParseDocument(NewManifest(types.MediaType(test.declared), []byte(test.body))); errors.Is(err, ErrSchema1) != test.want {
			t.Errorf("%s %s: document: %v", test.declared, test.body, err)
		}
	}
}
