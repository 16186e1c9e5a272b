package scripttest

import (
	"errors"
	"net/http"
	"strings"

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

func cut(name string) (host, repository, reference string) {
	host, rest, _ := strings.Cut(name, "/")
	if repository, reference, ok := strings.Cut(rest, "@"); ok {
		repository, _, _ = strings.Cut(repository, ":")
		return host, repository, reference
	}
	repository, reference, _ = strings.Cut(rest, ":")
	return host, repository, reference
}
