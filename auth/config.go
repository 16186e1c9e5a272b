package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// A ConfigError is a file of credentials that cannot be used. It never holds what the file says.
type ConfigError struct {
	Path string
	Err  error
}

func (e *ConfigError) Error() string { return fmt.Sprintf("credentials in %s: %v", e.Path, e.Err) }

// Unwrap gives the cause.
func (e *ConfigError) Unwrap() error { return e.Err }

// config is a docker config.json or an auth.json of podman, as far as it is about credentials.
type config struct {
	path  string
	auths map[string]entry // by the name they were stored under, cleaned
	// CredHelpers names a helper for a registry, CredsStore one for all others.
	CredHelpers map[string]string `json:"credHelpers"`
	CredsStore  string            `json:"credsStore"`
	Auths       map[string]entry  `json:"auths"`
}

type entry struct {
	Auth          string `json:"auth"` // base64 of user:password
	Username      string `json:"username"`
	Password      string `json:"password"`
	IdentityToken string `json:"identitytoken"`
	RegistryToken string `json:"registrytoken"`
}

// readAll reads the files that are there.
func readAll(paths []configPath) ([]*config, error) {
	var files []*config
	for _, p := range paths {
		c, err := read(p.path)
		if errors.Is(err, fs.ErrNotExist) && !p.required {
			continue
		}
		if err != nil {
			return nil, &ConfigError{Path: p.path, Err: err}
		}
		files = append(files, c)
	}
	return files, nil
}

func read(path string) (*config, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "config.json")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err // the path is told already
		}
		return nil, err
	}
	c := &config{path: path, auths: map[string]entry{}}
	if len(strings.TrimSpace(string(raw))) == 0 {
		return c, nil // as docker reads it
	}
	if err := json.Unmarshal(raw, c); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line := 1 + strings.Count(string(raw[:syntax.Offset]), "\n")
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		return nil, errors.New("it does not have the form of a docker config")
	}
	// Two spellings of one host may stand in a file: the first in sorted order wins, so that the
	// answer is the same every time.
	for _, key := range sortedKeys(c.Auths) {
		if _, ok := c.auths[clean(key)]; !ok {
			c.auths[clean(key)] = c.Auths[key]
		}
	}
	return c, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// clean gives the name of a host, or of a namespace on it, that a key is about: docker once stored
// URLs.
func clean(key string) string {
	key = strings.TrimPrefix(strings.TrimPrefix(key, "https://"), "http://")
	key = strings.TrimSuffix(key, "/")
	for _, suffix := range []string{"/v1", "/v2"} {
		key = strings.TrimSuffix(key, suffix)
	}
	switch key {
	case "docker.io", "registry-1.docker.io":
		return name.DefaultRegistry
	}
	if rest, ok := strings.CutPrefix(key, "docker.io/"); ok {
		return name.DefaultRegistry + "/" + rest
	}
	return key
}

// lookup finds what is stored for a repository: the longest name that holds it wins
// (containers-auth.json(5), "FORMAT").
func (c *config) lookup(r name.Repository) (authn.AuthConfig, bool) {
	for key := r.Name(); ; {
		if stored, ok := c.auths[key]; ok {
			if credential := stored.credential(); credential != (authn.AuthConfig{}) {
				return credential, true
			}
		}
		cut := strings.LastIndexByte(key, '/')
		if cut < 0 {
			return authn.AuthConfig{}, false
		}
		key = key[:cut]
	}
}

// credential is what an entry holds; docker leaves an empty one where a helper keeps the secret.
func (e entry) credential() authn.AuthConfig {
	if e.IdentityToken != "" {
		return authn.AuthConfig{IdentityToken: e.IdentityToken}
	}
	if e.RegistryToken != "" {
		return authn.AuthConfig{RegistryToken: e.RegistryToken}
	}
	if e.Username == "" {
		if decoded, err := base64.StdEncoding.DecodeString(e.Auth); err == nil {
			e.Username, e.Password, _ = strings.Cut(strings.TrimRight(string(decoded), "\x00\n"), ":")
		}
	}
	return authn.AuthConfig{Username: e.Username, Password: e.Password}
}

// helper names the helper that is asked for a registry, if any.
func (c *config) helper(r name.Registry) string {
	for _, key := range sortedKeys(c.CredHelpers) {
		if clean(key) == r.RegistryStr() {
			return c.CredHelpers[key]
		}
	}
	return c.CredsStore
}

// serverName is what a helper calls a registry: Docker Hub has a name of its own.
func serverName(r name.Registry) string {
	if r.RegistryStr() == name.DefaultRegistry {
		return "https://index.docker.io/v1/"
	}
	return r.RegistryStr()
}
