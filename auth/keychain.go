package auth

import (
	"context"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// Options say where credentials are looked for.
type Options struct {
	// Given come first.
	Given []Given
	// DockerConfig is a docker config, or the folder that holds one. If set, nothing else is asked.
	DockerConfig string
	// Getenv is os.Getenv.
	Getenv func(string) string
}

// A Keychain finds credentials. It reads each file once, when it comes to it, and asks each helper
// once for a host.
type Keychain struct{ sources []source }

// New makes a Keychain. No file is read before a credential is needed.
func New(o Options) *Keychain {
	k := &Keychain{}
	for _, given := range o.Given {
		k.sources = append(k.sources, given)
	}
	asked := &helpers{answers: map[question]func() (authn.AuthConfig, error){}}
	for _, place := range configPlaces(o) {
		k.sources = append(k.sources, &configSource{read: place.readOnce(), helpers: asked})
	}
	if o.DockerConfig == "" {
		k.sources = append(k.sources, gitlabLogin(o.Getenv), githubLogin(o.Getenv))
	}
	return k
}

// Credential gives the credential for a repository, from the first source that knows it.
func (k *Keychain) Credential(ctx context.Context, r name.Repository) (Credential, error) {
	for _, s := range k.sources {
		if c, err := s.find(ctx, r); err != nil || !c.IsNone() {
			return c, err
		}
	}
	return Credential{}, nil
}

// helpers are asked one question once, however many repositories wait for the answer.
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
