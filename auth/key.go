package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// A Key is what a stored login is for: a registry, or a namespace or a repository on it.
type Key struct {
	Registry name.Registry
	Path     string // without slashes at its ends; empty for the whole registry
}

// ParseKey parses HOST[:PORT][/PATH]. It also takes the URLs that docker stores. A host needs a dot or a port, or is
// localhost, because the names of images take another first part for a repository of Docker Hub.
func ParseKey(text string) (Key, error) {
	cleaned := clean(strings.TrimRight(text, "/"))
	host, path, _ := strings.Cut(cleaned, "/")
	switch {
	case strings.ContainsAny(text, "@ ") || strings.Contains(host, "="):
		return Key{}, errors.New("HOST is not valid: give the name of a registry, such as ghcr.io, without a user or a password") // not shown: it may be a secret
	case host == "" || strings.HasSuffix(host, ":"):
		return Key{}, errors.New("HOST is empty: is a variable not set?")
	case !strings.ContainsAny(host, ".:") && host != "localhost":
		return Key{}, fmt.Errorf("%q is no registry: the name of a registry has a dot or a port, such as ghcr.io or localhost:5000", host)
	case strings.ContainsAny(path, ":"):
		return Key{}, fmt.Errorf("%q is an image: a login is for a registry or a namespace, such as ghcr.io/team", text)
	}
	registry, err := name.NewRegistry(host, name.StrictValidation)
	if err != nil {
		return Key{}, fmt.Errorf("%q is no registry: give a name such as ghcr.io or localhost:5000", host)
	}
	k := Key{Registry: registry, Path: path}
	unclean := slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool { return slices.Contains([]string{"", ".", ".."}, part) })
	if _, err := name.NewRepository(k.Repository().Name()); err != nil || unclean && path != "" {
		return Key{}, fmt.Errorf("%q is no namespace: give a name such as ghcr.io/team", text)
	}
	return k, nil
}

// Repository returns a repository that the login is used for. It need not exist.
func (k Key) Repository() name.Repository {
	path := "login"
	if k.Path != "" {
		path = k.Path + "/login"
	}
	return k.Registry.Repo(path)
}

// String returns the key as users write it, and as podman stores it.
func (k Key) String() string {
	text := k.Registry.RegistryStr()
	if canonicalHost(text) == name.DefaultRegistry {
		text = "docker.io"
	}
	if k.Path != "" {
		text += "/" + k.Path
	}
	return text
}

// cleaned returns the key as in config.auths.
func (k Key) cleaned() string { return clean(k.String()) }

// Covers reports whether a login for another key is for a part of this one, or for the same.
func (k Key) Covers(stored string) bool {
	return strings.HasPrefix(clean(stored)+"/", k.cleaned()+"/")
}

// isFor reports whether a key of a file is this key in any spelling.
func (k Key) isFor(stored string) bool { return clean(stored) == k.cleaned() }
