package auth

import (
	"context"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// Options say where to look for credentials.
type Options struct {
	// Given come first.
	Given []Given
	// DockerConfig is a docker config, or the folder that holds one. If set, nothing else is asked.
	DockerConfig string
	// AuthFile is a file of podman and skopeo. If set, nothing else is asked.
	AuthFile string
	// Getenv is os.Getenv.
	Getenv func(string) string
}

// A Keychain finds credentials. It reads each file and asks each helper once for a host, and only when needed.
type Keychain struct{ sources []source }

// New returns a Keychain. It reads no file.
func New(o Options) *Keychain {
	k := &Keychain{}
	for _, given := range o.Given {
		k.sources = append(k.sources, given)
	}
	asked := &helpers{answers: map[question]func() (authn.AuthConfig, error){}}
	for _, place := range configPlaces(o) {
		k.sources = append(k.sources, &configSource{read: place.readOnce(), helpers: asked})
	}
	if o.DockerConfig == "" && o.AuthFile == "" {
		k.sources = append(k.sources, gitlabLogin(o.Getenv), githubLogin(o.Getenv))
	}
	return k
}

// Credential returns the credential for a repository from the first source that has one.
func (k *Keychain) Credential(ctx context.Context, r name.Repository) (Credential, error) {
	for _, s := range k.sources {
		if c, err := s.find(ctx, r); err != nil || !c.IsNone() {
			return c, err
		}
	}
	return Credential{}, nil
}

// helpers ask each helper once for a host, also if several repositories wait for the answer.
type helpers struct {
	mu      sync.Mutex
	answers map[question]func() (authn.AuthConfig, error)
}

type question struct{ helper, server string }

func (h *helpers) ask(ctx context.Context, q question) (authn.AuthConfig, error) {
	h.mu.Lock()
	answer, ok := h.answers[q]
	if !ok {
		answer = sync.OnceValues(func() (authn.AuthConfig, error) { return askHelper(ctx, q.helper, q.server) })
		h.answers[q] = answer
	}
	h.mu.Unlock()
	return answer()
}
