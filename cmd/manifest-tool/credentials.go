package main

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/auth"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/spec"
)

// given are the credentials of the command line. The first of the places that a command names is the one
// that they are for, unless they name another.
func (p *program) given(ctx context.Context, o globalOptions, named []spec.Place) ([]auth.Given, error) {
	var all []auth.Given
	if o.username != "" {
		password, err := p.password(ctx, o)
		if err != nil {
			return nil, err
		}
		host, user := cutHost(o.username)
		all = append(all, auth.Given{Registry: host, Username: user, Password: password, Flag: "--username"})
	}
	if len(o.creds) > 0 {
		p.log.Warn("--creds can be read by others on this machine, and in logs: --password-stdin cannot")
	}
	for _, text := range o.creds {
		host, login := cutHost(text)
		user, password, ok := strings.Cut(login, ":")
		if !ok || user == "" || password == "" {
			return nil, usagef("--creds is [HOST=]USER:PASSWORD: is a variable not set?")
		}
		all = append(all, auth.Given{Registry: host, Username: user, Password: password, Flag: "--creds"})
	}
	return p.bound(all, named)
}

// password is the one of --username.
func (p *program) password(ctx context.Context, o globalOptions) (string, error) {
	if o.passwordGiven {
		p.log.Warn("--password can be read by others on this machine, and in logs: --password-stdin cannot")
	}
	if o.passwordStdin && p.typed == nil {
		var err error
		if p.typed, err = io.ReadAll(io.LimitReader(untilDone(ctx, p.stdin), 64<<10)); err != nil {
			return "", err
		}
	}
	if o.passwordStdin {
		o.password = strings.TrimRight(string(p.typed), "\r\n")
	}
	if o.password == "" {
		return "", usagef("the password is empty: is a variable not set?")
	}
	return o.password, nil
}

// cutHost takes HOST= from the beginning, if there is one: what stands before the first = and has a dot,
// a port, or is localhost, which is how image names tell a host as well. A password may look like that
// too; bound finds those that name no registry of the command.
func cutHost(text string) (name.Registry, string) {
	host, rest, ok := strings.Cut(text, "=")
	if !ok || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return name.Registry{}, text
	}
	registry, err := name.NewRegistry(host, name.StrictValidation)
	if err != nil || strings.HasSuffix(host, ":") {
		return name.Registry{}, text // the port is no number
	}
	return registry, rest
}

// bound gives every credential its registry, which is one that the command names. A mistyped host would
// otherwise send a password to the wrong registry.
func (p *program) bound(all []auth.Given, named []spec.Place) ([]auth.Given, error) {
	var used []auth.Given
	first := mainPlace(named)
	for _, g := range all {
		switch {
		case g.Registry == name.Registry{} && first.Kind != spec.Registry:
			p.log.Warnf("%s is not used: %s is no registry", g.Flag, first)
			continue
		case g.Registry == name.Registry{}:
			g.Registry = first.Repository.Registry
		case !slices.ContainsFunc(named, func(place spec.Place) bool {
			return place.Kind == spec.Registry && auth.SameHost(place.Repository.Registry, g.Registry)
		}):
			return nil, unnamedHost(g)
		}
		if slices.ContainsFunc(used, func(other auth.Given) bool { return auth.SameHost(other.Registry, g.Registry) }) {
			return nil, usagef("there are two logins for %s on the command line", g.Registry)
		}
		used = append(used, g)
	}
	return used, nil
}

// mainPlace is the first registry that a command names, or if it names none, its first place.
func mainPlace(named []spec.Place) spec.Place {
	return named[max(0, slices.IndexFunc(named, func(place spec.Place) bool { return place.Kind == spec.Registry }))]
}

// unnamedHost shows the host only if it cannot be a part of a password.
func unnamedHost(g auth.Given) error {
	host := g.Registry.RegistryStr()
	if strings.Contains(host, ":") {
		host = "of that name"
	}
	return usagef("%s: what stands before the first = reads as a host, but the command names no registry %s; put HOST= before it, with a host that it names", g.Flag, host)
}

// credentialsOf is how a session asks a keychain.
func (p *program) credentialsOf(keychain *auth.Keychain) func(context.Context, name.Repository) (remote.Credential, error) {
	return func(ctx context.Context, r name.Repository) (remote.Credential, error) {
		found, err := keychain.Credential(ctx, r)
		if err == nil {
			p.log.Debugf("for %s there is %s", r, found)
		}
		return remote.Credential{AuthConfig: found.AuthConfig, Name: found.String()}, err
	}
}
