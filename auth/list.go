package auth

import (
	"context"
	"errors"
)

// A StoredLogin is a login that is stored somewhere, without its secret.
type StoredLogin struct {
	Key      string // a registry, or a namespace on one
	Username string // empty if it is not known
	Kind     string // login, identity token, registry token, helper
	Source   Source
}

// FromHelper is the kind of a login that a helper makes when somebody asks for one.
const FromHelper = "helper"

// List returns all logins that a Keychain with these options can find, in the order in which it looks for them. It asks
// helpers for lists, and for no secret. The error has what could not be read; the rest is returned all the same.
func List(ctx context.Context, o Options) ([]StoredLogin, error) {
	var all []StoredLogin
	var errs []error
	for _, place := range configPlaces(o) {
		place.required = false // a file that a new login would create
		c, err := place.read(ctx)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		found, err := c.list(ctx)
		all, errs = append(all, found...), append(errs, err)
	}
	if o.DockerConfig != "" || o.AuthFile != "" {
		return all, errors.Join(errs...)
	}
	for _, job := range []jobLogin{gitlabLogin(o.Getenv), githubLogin(o.Getenv)} {
		if job.password != "" {
			all = append(all, StoredLogin{shownKey(job.host), job.username, "login", Source{Place: "$" + job.variable, Key: job.host}})
		}
	}
	return all, errors.Join(errs...)
}

// list returns the logins of a file and of its helpers.
func (c *config) list(ctx context.Context) ([]StoredLogin, error) {
	var all []StoredLogin
	var errs []error
	for _, key := range sortedKeys(c.auths) {
		found, err := c.auths[key].credential()
		if err != nil {
			errs = append(errs, c.wrongEntry(key, err))
			continue
		}
		login := StoredLogin{shownKey(key), found.Username, Credential{AuthConfig: found}.Kind(), Source{Place: c.path, Key: key, Exposed: c.exposed}}
		if found.Password == "" { // what looks like a user name may be a token
			login.Username = ""
		}
		all = append(all, login)
	}
	for _, helper := range c.helpers() {
		listed, err := listHelper(ctx, helper)
		if err != nil && helper == c.CredsStore {
			errs = append(errs, err)
		}
		all = append(all, c.helped(helper, listed)...)
	}
	return all, errors.Join(errs...)
}

// helped returns the logins of a helper: those that it lists, and the registries that it is for.
func (c *config) helped(helper string, listed map[string]string) []StoredLogin {
	var all []StoredLogin
	program := "docker-credential-" + helper
	seen := map[string]bool{}
	for _, server := range sortedKeys(listed) {
		place := ""
		switch own := c.helperOf(server); {
		case own == helper:
			place = "credHelpers of "
		case own == "" && helper == c.CredsStore:
			place = "credsStore of "
		default:
			continue
		}
		login := StoredLogin{shownKey(server), listed[server], "login", Source{Place: place + c.path, Key: server, Helper: program}}
		if login.Username == tokenUser {
			login.Username, login.Kind = "", "identity token"
		}
		seen[clean(server)] = true
		all = append(all, login)
	}
	for _, key := range sortedKeys(c.CredHelpers) {
		if c.CredHelpers[key] == helper && !seen[clean(key)] {
			all = append(all, StoredLogin{shownKey(key), "", FromHelper, Source{Place: "credHelpers of " + c.path, Key: key, Helper: program}})
		}
	}
	return all
}
