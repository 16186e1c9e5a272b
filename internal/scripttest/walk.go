package scripttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
)

var walker = registrytest.Walker{Client: http.DefaultClient}

// Walk goes from HOST/REPOSITORY:TAG (or @DIGEST), which is read once, as a tag may move meanwhile, to
// every manifest and blob below it. It gives the digest also beside an error, if there is one.
func Walk(name string) (digest string, err error) {
	found := walker.Walk(cut(name))
	return found.Digest, errors.Join(found.Wrong...)
}

// get reads the manifest behind HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST.
func get(name string) ([]byte, error) { return walker.Manifest(cut(name)) }

// describe describes what is behind a name.
func describe(name string) (v1.Descriptor, error) {
	raw, err := get(name)
	if err != nil {
		return v1.Descriptor{}, err
	}
	var body struct{ MediaType types.MediaType }
	if err := json.Unmarshal(raw, &body); err != nil {
		return v1.Descriptor{}, err
	}
	digest, _, err := v1.SHA256(bytes.NewReader(raw))
	return v1.Descriptor{MediaType: body.MediaType, Digest: digest, Size: int64(len(raw))}, err
}

func cut(name string) (host, repository, reference string) {
	host, rest, _ := strings.Cut(name, "/")
	if repository, reference, ok := strings.Cut(rest, "@"); ok {
		repository, _, _ = strings.Cut(repository, ":")
		return host, repository, reference
	}
	repository, reference, _ = strings.Cut(rest, ":")
	return host, repository, reference
}
