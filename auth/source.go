package auth

import (
	"context"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// A Credential is a login and the place where it was found. The zero Credential is none.
type Credential struct {
	authn.AuthConfig
	Source Source
}

// A Source is the place where a credential was found. It holds no secret.
type Source struct {
	Place  string // a file, a flag, a variable
	Key    string // the key in that place
	Helper string // the program that returned it
	// Exposed means that other users of the machine can read the file.
	Exposed bool
}

// IsNone reports whether there is no credential.
func (c Credential) IsNone() bool { return c.AuthConfig == authn.AuthConfig{} }

// Kind returns the kind of the credential.
func (c Credential) Kind() string {
	switch {
	case c.IsNone():
		return "none"
	case c.IdentityToken != "":
		return "identity token"
	case c.RegistryToken != "":
		return "registry token"
	}
	return "login"
}

// String describes the credential for messages, without the secret.
func (c Credential) String() string {
	switch s := c.Source; {
	case c.IsNone():
		return "no credential"
	case s.Helper != "":
		return "the " + c.Kind() + " from " + s.Helper + " for " + s.Key + " (" + s.Place + ")"
	default:
		return "the " + c.Kind() + " for " + s.Key + " from " + s.Place
	}
}

// A source is a place that may have credentials. It returns none for an unknown repository.
type source interface {
	find(context.Context, name.Repository) (Credential, error)
}

// A Given is a credential from the command line for one registry.
type Given struct {
	Registry           name.Registry
	Username, Password string
	Flag               string
}

func (g Given) find(_ context.Context, r name.Repository) (Credential, error) {
	if !SameHost(g.Registry, r.Registry) {
		return Credential{}, nil
	}
	return Credential{
		AuthConfig: authn.AuthConfig{Username: g.Username, Password: g.Password},
		Source:     Source{Place: g.Flag, Key: r.RegistryStr()},
	}, nil
}
