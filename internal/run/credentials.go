package run

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/auth"
	"github.com/manifest-tool/manifest-tool/internal/contextio"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry/remote"
	"github.com/manifest-tool/manifest-tool/spec"
)

// givenCredentials returns the credentials of the command line. A credential that names no host is for the main
// place of the command.
func (r *Runner) givenCredentials(ctx context.Context, o GlobalOptions, named places) ([]auth.Given, error) {
	var all []auth.Given
	if o.Username != "" {
		host, user := cutHost(o.Username)
		password, err := r.password(ctx, o, loginName(user, host, named))
		if err != nil {
			return nil, err
		}
		r.out.Secrets().Add(user, password)
		all = append(all, auth.Given{Registry: host, Username: user, Password: password, Flag: cmp.Or(o.LoginFrom, "--username")})
	}
	if len(o.Creds) > 0 {
		r.out.Warn("--creds is visible to other users of this machine and in logs: use --password-stdin")
	}
	for _, text := range o.Creds {
		host, login := cutHost(text)
		user, password, ok := strings.Cut(login, ":")
		r.out.Secrets().Add(user, password)
		if !ok || user == "" || password == "" {
			return nil, output.Usagef("--creds: expected [HOST=]USER:PASSWORD: is a variable not set?")
		}
		all = append(all, auth.Given{Registry: host, Username: user, Password: password, Flag: "--creds"})
	}
	return r.bindCredentials(all, named)
}

// loginName is a user name and its registry, for the prompt.
func loginName(user string, host name.Registry, named places) string {
	if first := named.main(); host == (name.Registry{}) && first.Kind == spec.Registry {
		host = first.Repository.Registry
	}
	return user + " at " + host.RegistryStr()
}

// canAsk reports whether a person at a terminal can be asked.
func (r *Runner) canAsk(o GlobalOptions) bool {
	return output.CanAsk(r.Stdin) && r.out.IsInteractive() && (o.PasswordStdin || r.Getenv("CI") == "")
}

// password is the one of --username. A person at a terminal is asked for it.
func (r *Runner) password(ctx context.Context, o GlobalOptions, whose string) (string, error) {
	if o.PasswordGiven {
		r.out.Warn("--password is visible to other users of this machine and in logs: use --password-stdin")
	}
	isGiven := o.PasswordGiven || o.Password != ""
	switch {
	case isGiven:
	case r.typed != nil:
		o.Password = *r.typed
	case r.canAsk(o):
		typed, err := r.out.AskPassword(ctx, r.Stdin, whose)
		if err != nil {
			return "", err
		}
		r.typed, o.Password = &typed, typed
	case o.PasswordStdin:
		raw, err := io.ReadAll(io.LimitReader(contextio.NewReader(ctx, r.Stdin), 64<<10))
		if err != nil {
			return "", err
		}
		typed := strings.TrimRight(string(raw), "\r\n")
		r.typed, o.Password = &typed, typed
	default:
		return "", output.Usagef("--username needs --password-stdin or --password")
	}
	if o.Password == "" {
		return "", output.Usagef("the password is empty: is a variable not set?")
	}
	return o.Password, nil
}

// cutHost cuts HOST= off a text. The text before the first = is a host if it has a dot or a port, or is localhost,
// as in image names. A password may have this form; bindCredentials refuses hosts that the command does not name.
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

// bindCredentials gives each credential its registry, which has to be one that the command names. Otherwise a
// mistyped host would send a password to the wrong registry.
func (r *Runner) bindCredentials(all []auth.Given, named places) ([]auth.Given, error) {
	var used []auth.Given
	first := named.main()
	for _, g := range all {
		switch {
		case g.Registry == name.Registry{} && first.Kind != spec.Registry:
			r.out.Warnf("%s is not used: %s is not on a registry", g.Flag, first)
			continue
		case g.Registry == name.Registry{}:
			g.Registry = first.Repository.Registry
		case !named.more && !slices.ContainsFunc(named.all(), func(place spec.Place) bool {
			return place.Kind == spec.Registry && auth.SameHost(place.Repository.Registry, g.Registry)
		}):
			return nil, unnamedHost(g)
		}
		if slices.ContainsFunc(used, func(other auth.Given) bool { return auth.SameHost(other.Registry, g.Registry) }) {
			return nil, output.Usagef("the command line has two logins for %s", g.Registry)
		}
		used = append(used, g)
	}
	return used, nil
}

// unnamedHost is the error for a host that the command does not name. It shows the host only if the host cannot be
// a part of a password.
func unnamedHost(g auth.Given) error {
	host := g.Registry.RegistryStr()
	if strings.Contains(host, ":") {
		host = "of that name"
	}
	return output.Usagef("%s: the text before the first = is read as a host, but the command names no registry %s: put HOST= with a registry of the command in front of the login", g.Flag, host)
}

// credentialsOf lets a remote session ask a keychain.
func (r *Runner) credentialsOf(keychain *auth.Keychain) func(context.Context, name.Repository) (remote.Credential, error) {
	return func(ctx context.Context, repository name.Repository) (remote.Credential, error) {
		found, err := keychain.Credential(ctx, repository)
		if err == nil {
			r.out.Secrets().Add(found.Username, found.Password, found.IdentityToken, found.RegistryToken)
			r.out.Debugf("%s: using %s", repository, found)
		}
		return remote.Credential{AuthConfig: found.AuthConfig, Name: found.String()}, err
	}
}
