// Command docker-credential-canary is a credential helper that keeps logins in a file, made with the library of most
// helpers.
package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/docker/docker-credential-helpers/credentials"
)

func main() { credentials.Serve(store{}) }

type store struct{}

// change reads all logins, and writes them if they were changed.
func (store) change(do func(all map[string]credentials.Credentials) (changed bool)) error {
	raw, err := os.ReadFile(os.Getenv("CANARY_STORE"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	all := map[string]credentials.Credentials{}
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) || !do(all) {
		return err
	}
	if raw, err = json.Marshal(all); err != nil {
		return err
	}
	return os.WriteFile(os.Getenv("CANARY_STORE"), raw, 0o600)
}

func (s store) Add(c *credentials.Credentials) error {
	return s.change(func(all map[string]credentials.Credentials) bool { all[c.ServerURL] = *c; return true })
}

func (s store) Delete(server string) error {
	return s.change(func(all map[string]credentials.Credentials) bool { delete(all, server); return true })
}

func (s store) Get(server string) (user, secret string, err error) {
	found := false
	err = s.change(func(all map[string]credentials.Credentials) bool {
		user, secret = all[server].Username, all[server].Secret
		_, found = all[server]
		return false
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", "", err
	}
	if !found {
		return "", "", credentials.NewErrCredentialsNotFound()
	}
	return user, secret, nil
}

func (s store) List() (users map[string]string, err error) {
	users = map[string]string{}
	err = s.change(func(all map[string]credentials.Credentials) bool {
		for server, c := range all {
			users[server] = c.Username
		}
		return false
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return users, err
}
