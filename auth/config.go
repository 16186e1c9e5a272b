package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
)

// A ConfigError is an unusable file of credentials. It does not hold the content of the file.
type ConfigError struct {
	Path string
	Err  error
}

func (e *ConfigError) Error() string { return fmt.Sprintf("credentials in %s: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Err }

// A config holds the credentials of docker's config.json or podman's auth.json.
type config struct {
	path    string           // for messages
	exposed bool             // other users can read the file
	auths   map[string]entry // by the key in the file, cleaned
	// CredHelpers maps registries to helpers, CredsStore is the helper for all others.
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

// maxConfig is the maximum size of a file of credentials.
const maxConfig = 4 << 20

// readOnce returns a function that reads the config at its first call.
func (p configPlace) readOnce() func(context.Context) (*config, error) {
	var once sync.Once
	var c *config
	var err error
	return func(ctx context.Context) (*config, error) {
		once.Do(func() { c, err = p.read(ctx) })
		return c, err
	}
}

// read reads a config. A missing file means no credentials, unless the user named it.
func (p configPlace) read(ctx context.Context) (*config, error) {
	path, raw := p.path, []byte(p.text)
	if p.text == "" {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = filepath.Join(path, dockerFile)
		}
		var err error
		switch raw, err = contextio.ReadFile(ctx, path, maxConfig); {
		case errors.Is(err, fs.ErrNotExist) && !p.required:
			return &config{}, nil
		case err != nil && ctx.Err() != nil:
			return nil, err
		case err != nil:
			var pathErr *fs.PathError
			if errors.As(err, &pathErr) {
				err = pathErr.Err // the message has the path
			}
			return nil, &ConfigError{Path: p.path, Err: err}
		}
	}
	c, err := parse(raw)
	if err != nil {
		return nil, &ConfigError{Path: p.path, Err: err}
	}
	c.path = p.shown(path)
	if info, err := os.Stat(path); err == nil && p.text == "" && runtime.GOOS != "windows" {
		c.exposed = info.Mode().Perm()&0o044 != 0
	}
	return c, nil
}

func parse(raw []byte) (*config, error) {
	c := &config{auths: map[string]entry{}}
	if len(strings.TrimSpace(string(raw))) == 0 {
		return c, nil // like docker
	}
	if err := json.Unmarshal(raw, c); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line := 1 + strings.Count(string(raw[:syntax.Offset]), "\n")
			return nil, fmt.Errorf("line %d: not valid JSON", line)
		}
		return nil, errors.New("not the configuration file of docker or podman")
	}
	// A file may have two spellings of one host: the first in sorted order with a credential
	// wins, so that the result is deterministic.
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

// clean returns the host, or the namespace on it, of a key. Old versions of docker stored URLs with the version of
// the API.
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

// canonicalHost returns one name for each registry. Docker Hub has four names.
func canonicalHost(host string) string {
	switch host = strings.ToLower(host); host {
	case "docker.io", "registry-1.docker.io":
		return name.DefaultRegistry
	}
	return host
}

// SameHost reports whether two names are the same registry.
func SameHost(a, b name.Registry) bool {
	return canonicalHost(a.RegistryStr()) == canonicalHost(b.RegistryStr())
}

// A configSource reads its config at the first lookup.
type configSource struct {
	read    func(context.Context) (*config, error)
	helpers *helpers
}

// find asks the config's helper for the registry, then looks for a stored credential, then asks the helper for all
// registries.
func (s *configSource) find(ctx context.Context, r name.Repository) (Credential, error) {
	c, err := s.read(ctx)
	if err != nil {
		return Credential{}, err
	}
	own := c.helper(r.Registry)
	if found, err := s.help(ctx, own, "credHelpers of "+c.path, r.Registry); err != nil || !found.IsNone() {
		return found, err
	}
	found, err := c.lookup(r)
	if err != nil || !found.IsNone() || own != "" {
		return found, err
	}
	return s.help(ctx, c.CredsStore, "credsStore of "+c.path, r.Registry)
}

// help asks a helper, if the name is not empty.
func (s *configSource) help(ctx context.Context, helper, place string, r name.Registry) (Credential, error) {
	if helper == "" {
		return Credential{}, nil
	}
	server := serverName(r)
	given, err := s.helpers.ask(ctx, question{helper, server})
	return Credential{given, Source{Place: place, Key: server, Helper: "docker-credential-" + helper}}, err
}

// lookup returns the credential of a repository: the longest key that contains it wins (containers-auth.json(5),
// "FORMAT").
func (c *config) lookup(r name.Repository) (Credential, error) {
	for key := canonicalHost(r.RegistryStr()) + "/" + r.RepositoryStr(); ; {
		if stored, ok := c.auths[key]; ok {
			found, err := stored.credential()
			if err != nil {
				return Credential{}, c.wrongEntry(key, err)
			}
			return Credential{found, Source{Place: c.path, Key: key, Exposed: c.exposed}}, nil
		}
		cut := strings.LastIndexByte(key, '/')
		if cut < 0 {
			return Credential{}, nil
		}
		key = key[:cut]
	}
}

func (c *config) wrongEntry(key string, err error) error {
	return &ConfigError{Path: c.path, Err: fmt.Errorf("the entry for %s %w", key, err)}
}

// credential returns the credential of an entry.
func (e entry) credential() (authn.AuthConfig, error) {
	switch {
	case !isToken(e.IdentityToken), !isToken(e.RegistryToken):
		return authn.AuthConfig{}, errors.New("has a token with a space, a line break or another invalid character")
	case e.IdentityToken != "":
		return authn.AuthConfig{IdentityToken: e.IdentityToken}, nil
	case e.RegistryToken != "":
		return authn.AuthConfig{RegistryToken: e.RegistryToken}, nil
	case e.Auth == "":
		return authn.AuthConfig{Username: e.Username, Password: e.Password}, nil
	}
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(e.Auth, "="))
	if err != nil {
		return authn.AuthConfig{}, errors.New("is not user:password in base64")
	}
	username, password, _ := strings.Cut(strings.TrimRight(string(decoded), "\x00\n"), ":")
	return authn.AuthConfig{Username: username, Password: password}, nil
}

// isToken reports whether a text can be sent as a token (RFC 6750, section 2.1). Some registries use all visible
// characters.
func isToken(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// helper returns the helper for a registry, or "".
func (c *config) helper(r name.Registry) string {
	for _, key := range sortedKeys(c.CredHelpers) {
		if clean(key) == canonicalHost(r.RegistryStr()) {
			return c.CredHelpers[key]
		}
	}
	return ""
}

// serverName returns the name of a registry for helpers: Docker Hub has a special one.
func serverName(r name.Registry) string {
	if canonicalHost(r.RegistryStr()) == name.DefaultRegistry {
		return "https://index.docker.io/v1/"
	}
	return r.RegistryStr()
}
