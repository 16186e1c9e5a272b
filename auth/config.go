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
	// Two spellings of one host may stand in a file: the first in sorted order that holds anything
	// wins, so that the answer is the same every time.
	for _, key := range sortedKeys(c.Auths) {
		if _, ok := c.auths[clean(key)]; !ok && c.Auths[key] != (entry{}) {
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

// clean gives the name of a host, or of a namespace on it, that a key is about. docker once stored
// URLs, with the version of the API behind the host.
func clean(key string) string {
	rest, isURL := strings.CutPrefix(key, "https://")
	if !isURL {
		rest, isURL = strings.CutPrefix(key, "http://")
	}
	host, path, _ := strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	if isURL && (path == "v1" || path == "v2") {
		path = ""
	}
	host = canonicalHost(host)
	return strings.TrimSuffix(host+"/"+path, "/")
}

// canonicalHost is the one name under which a registry is looked for. Docker Hub has four.
func canonicalHost(host string) string {
	switch host = strings.ToLower(host); host {
	case "docker.io", "registry-1.docker.io":
		return name.DefaultRegistry
	}
	return host
}

// lookup finds what is stored for a repository: the longest name that holds it wins
// (containers-auth.json(5), "FORMAT").
func (c *config) lookup(r name.Repository) (authn.AuthConfig, error) {
	for key := canonicalHost(r.RegistryStr()) + "/" + r.RepositoryStr(); ; {
		if stored, ok := c.auths[key]; ok {
			credential, err := stored.credential()
			if err != nil {
				return authn.AuthConfig{}, &ConfigError{Path: c.path, Err: fmt.Errorf("what is stored for %s %w", key, err)}
			}
			return credential, nil
		}
		cut := strings.LastIndexByte(key, '/')
		if cut < 0 {
			return authn.AuthConfig{}, nil
		}
		key = key[:cut]
	}
}

// credential is what an entry holds.
func (e entry) credential() (authn.AuthConfig, error) {
	switch {
	case e.IdentityToken != "":
		return authn.AuthConfig{IdentityToken: e.IdentityToken}, nil
	case e.RegistryToken != "":
		return authn.AuthConfig{RegistryToken: e.RegistryToken}, nil
	case e.Auth == "":
		return authn.AuthConfig{Username: e.Username, Password: e.Password}, nil
	}
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(e.Auth, "="))
	if err != nil {
		return authn.AuthConfig{}, errors.New("is not the base64 of user:password")
	}
	username, password, _ := strings.Cut(strings.TrimRight(string(decoded), "\x00\n"), ":")
	return authn.AuthConfig{Username: username, Password: password}, nil
}

// helper names the helper that is for a registry, if any.
func (c *config) helper(r name.Registry) string {
	for _, key := range sortedKeys(c.CredHelpers) {
		if clean(key) == canonicalHost(r.RegistryStr()) {
			return c.CredHelpers[key]
		}
	}
	return ""
}

// serverName is what a helper calls a registry: Docker Hub has a name of its own.
func serverName(r name.Registry) string {
	if canonicalHost(r.RegistryStr()) == name.DefaultRegistry {
		return "https://index.docker.io/v1/"
	}
	return r.RegistryStr()
}
