package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/auth"
	"github.com/manifest-tool/manifest-tool/internal/output"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// authOptions returns where credentials are found and kept.
func (r *Runner) authOptions(o GlobalOptions) auth.Options {
	return auth.Options{DockerConfig: o.DockerConfig, AuthFile: o.AuthFile, Getenv: r.Getenv}
}

// loginFile returns the key that a word names, and the file for its login.
func (r *Runner) loginFile(word string, o GlobalOptions) (auth.Key, auth.File, error) {
	key, err := auth.ParseKey(word)
	if err != nil {
		return key, auth.File{}, output.Usage(err)
	}
	file, err := auth.FileOf(r.authOptions(o))
	return key, file, output.Usage(err)
}

// AuthLogin checks a login at a registry and keeps it. Nothing is kept that the registry does not accept.
func (r *Runner) AuthLogin(ctx context.Context, word string, o GlobalOptions) error {
	key, file, err := r.loginFile(word, o)
	if err != nil {
		return err
	}
	if err := r.prepare(o, placesOfLogin(key)); err != nil {
		return err
	}
	if err := asUsage(file.Check(ctx, key)); err != nil {
		return err
	}
	username, err := r.username(ctx, key, o)
	if err != nil {
		return err
	}
	password, err := r.password(ctx, o, username+" at "+key.String())
	if err != nil {
		return err
	}
	r.out.Secrets().Add(username, password)
	login, err := r.checkedLogin(ctx, key, authn.AuthConfig{Username: username, Password: password}, o)
	if err != nil {
		return output.NotStoredError{Err: &registry.OpError{Op: "log in to", Ref: key.String(), Err: err}}
	}
	source, err := file.Store(ctx, key, login)
	if err != nil {
		return fmt.Errorf("the login for %s is not stored: %w", key, asUsage(err))
	}
	r.out.SayStored(key.String(), username, auth.Credential{AuthConfig: login}.Kind(), source)
	r.warnOfOtherLogin(ctx, key, source, o)
	return nil
}

// placesOfLogin are the places that a check of a login uses.
func placesOfLogin(key auth.Key) places {
	return places{sources: []spec.Place{{Kind: spec.Registry, Repository: key.Repository()}}}
}

// asUsage makes a usage error of a login that a file cannot keep.
func asUsage(err error) error {
	if misplaced, ok := err.(*auth.KeyError); ok {
		return output.Usage(misplaced)
	}
	return err
}

// username is the user name of --username. A person at a terminal is asked for it.
func (r *Runner) username(ctx context.Context, key auth.Key, o GlobalOptions) (string, error) {
	host, username := cutHost(o.Username)
	switch {
	case host != name.Registry{} && !auth.SameHost(host, key.Registry):
		return "", output.Usagef("--username: the text before the first = is read as a host, but the login is for %s", key.Registry)
	case username == "" && r.canAsk(o):
		var err error
		if username, err = r.out.AskUsername(ctx, r.Stdin, key.String()); err != nil {
			return "", err
		}
	}
	switch {
	case username == "":
		return "", output.Usagef("auth login requires --username, and the password with --password-stdin")
	case slices.Contains([]byte(username), ':'): // RFC 7617, section 2
		return "", output.Usagef("a user name must not have a colon: the password goes into --password-stdin")
	case strings.ContainsFunc(username, unicode.IsControl):
		return "", output.Usagef("a user name must not have a line break or another control character")
	}
	return username, nil
}

// checkedLogin asks the registry whether it accepts a login. It returns what to keep: an identity token instead of the
// password, if the token server gives one.
func (r *Runner) checkedLogin(ctx context.Context, key auth.Key, login authn.AuthConfig, o GlobalOptions) (authn.AuthConfig, error) {
	given := auth.Given{Registry: key.Registry, Username: login.Username, Password: login.Password, Flag: "the command line"}
	o.DockerConfig, o.AuthFile = "", "" // the file need not exist yet
	session, err := r.openWith(ctx, o, placesOfLogin(key), []auth.Given{given}, noMeter())
	if err != nil {
		return login, err
	}
	defer session.Close()
	checked, err := session.remote.CheckLogin(ctx, key.Repository())
	switch {
	case err != nil:
		return login, err
	case checked.Kind == "none":
		r.out.Warnf("%s asks for no login, so the password was not checked", key.Registry)
	case checked.IdentityToken != "":
		r.out.Secrets().Add(login.Username, checked.IdentityToken)
		login.Password, login.IdentityToken = "", checked.IdentityToken
	}
	return login, nil
}

// warnOfOtherLogin warns if other commands use another login than the one that was stored.
func (r *Runner) warnOfOtherLogin(ctx context.Context, key auth.Key, stored auth.Source, o GlobalOptions) {
	used, err := auth.New(r.authOptions(o)).Credential(ctx, key.Repository())
	r.out.Secrets().Add(used.Username, used.Password, used.IdentityToken, used.RegistryToken)
	switch s := used.Source; {
	case err != nil:
		r.out.Warnf("the login is stored, but cannot be read: %v", err)
	case s.Place != stored.Place || s.Helper != stored.Helper || s.Key != stored.Key:
		r.out.Warnf("other commands do not use this login for %s: they use %s", key, used)
	}
}
