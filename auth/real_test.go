package auth

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/docker/docker-credential-helpers/credentials"
)

// TestMain lets the test binary be a credential helper, made with the library of most helpers, where it is called by
// the name of one.
func TestMain(m *testing.M) {
	if name := filepath.Base(os.Args[0]); strings.HasPrefix(name, "docker-credential-") {
		if err := note(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		credentials.Serve(storeHelper{})
		return
	}
	os.Exit(m.Run())
}

// note keeps what other processes can see of a helper: its arguments and its environment.
func note() error {
	f, err := os.OpenFile(os.Getenv("HELPER_SEEN"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, os.Args[1:], os.Environ())
	return err
}

// A storeHelper keeps logins in a file.
type storeHelper struct{}

func (storeHelper) all() map[string]credentials.Credentials {
	all := map[string]credentials.Credentials{}
	if raw, err := os.ReadFile(os.Getenv("HELPER_STORE")); err == nil {
		_ = json.Unmarshal(raw, &all)
	}
	return all
}

func (storeHelper) write(all map[string]credentials.Credentials) error {
	raw, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return os.WriteFile(os.Getenv("HELPER_STORE"), raw, 0o600)
}

func (h storeHelper) Add(c *credentials.Credentials) error {
	all := h.all()
	all[c.ServerURL] = *c
	return h.write(all)
}

func (h storeHelper) Delete(server string) error {
	all := h.all()
	delete(all, server)
	return h.write(all)
}

func (h storeHelper) Get(server string) (user, secret string, err error) {
	c, ok := h.all()[server]
	if !ok {
		return "", "", credentials.NewErrCredentialsNotFound()
	}
	return c.Username, c.Secret, nil
}

func (h storeHelper) List() (map[string]string, error) {
	users := map[string]string{}
	for server, c := range h.all() {
		users[server] = c.Username
	}
	return users, nil
}

// realHelpers puts real helpers of some names on PATH. They share a store. It returns a function for what the processes
// could be seen with.
func realHelpers(t *testing.T, names ...string) (seen func() string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no links")
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.Symlink(self, filepath.Join(dir, "docker-credential-"+name)); err != nil {
			t.Fatal(err)
		}
	}
	log := filepath.Join(dir, "seen")
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("HELPER_STORE", filepath.Join(dir, "store.json"))
	t.Setenv("HELPER_SEEN", log)
	return func() string {
		raw, _ := os.ReadFile(log)
		return string(raw)
	}
}
