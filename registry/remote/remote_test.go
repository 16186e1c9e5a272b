package remote

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/internal/registrytest"
	"github.com/manifest-tool/manifest-tool/internal/repositorytest"
	"github.com/manifest-tool/manifest-tool/registry"
)

const password = "CANARY-PW-7c1f"

var tokenAuth = registrytest.Options{Auth: registrytest.TokenAuth, Users: map[string]string{"ci": password}}

// login gives every repository the one user that the test registries know.
func login(context.Context, name.Repository) (Credential, error) {
	return Credential{authn.AuthConfig{Username: "ci", Password: password}, "the login of ci"}, nil
}

// open starts a session for repositories of a registry: the first is pushed to, the others are read.
func open(t *testing.T, o Options, host string, names ...string) []*Repository {
	t.Helper()
	var uses []Use
	for i, n := range names {
		repository, err := name.NewRepository(host + "/" + n)
		if err != nil {
			t.Fatal(err)
		}
		uses = append(uses, Use{Repository: repository, Push: i == 0})
	}
	if o.Backoff == 0 {
		o.Backoff = time.Millisecond
	}
	session := NewSession(uses, o)
	t.Cleanup(func() { session.Close() })
	var repositories []*Repository
	for _, use := range uses {
		r, err := session.Open(t.Context(), use.Repository)
		if err != nil {
			t.Fatal(err)
		}
		repositories = append(repositories, r)
	}
	return repositories
}

func TestRepository(t *testing.T) {
	kinds := map[string]registrytest.Options{
		"open":            {},
		"token":           tokenAuth,
		"basic":           {Auth: registrytest.BasicAuth, Users: tokenAuth.Users},
		"mounts refused":  {RefuseMounts: true},
		"relative upload": {RelativeLocation: true},
	}
	for kind, o := range kinds {
		t.Run(kind, func(t *testing.T) {
			repositorytest.Run(t, func(t *testing.T) (repo, other registry.Repository) {
				server := registrytest.New(t, o)
				one := open(t, Options{Credentials: login}, server.Host(), "one", "other")
				two := open(t, Options{Credentials: login}, server.Host(), "other")
				return one[0], two[0]
			})
		})
	}
}

// blobOf puts a small image into a repository and gives one of its blobs.
func blobOf(t *testing.T, server *registrytest.Server, repository string) v1.Descriptor {
	t.Helper()
	image := registrytest.Image{LayerSize: 1000}.Build()
	server.Push(t, repository, "latest", image)
	for digest, content := range image.Blobs {
		hash, err := v1.NewHash(digest)
		if err != nil {
			t.Fatal(err)
		}
		return v1.Descriptor{MediaType: types.OCILayer, Digest: hash, Size: int64(len(content))}
	}
	panic("an image without blobs")
}

func count(server *registrytest.Server, match func(registrytest.Request) bool) int {
	n := 0
	for _, r := range server.Requests() {
		if match(r) {
			n++
		}
	}
	return n
}

func isToken(r registrytest.Request) bool { return r.Path == "/token" }
func isHead(r registrytest.Request) bool  { return r.Method == http.MethodHead }

func tag(s string) registry.Ref { return registry.Ref{Tag: s} }
