package auth

import (
	"context"
	"path/filepath"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// Given is a credential from the command line, for one registry and no other.
type Given struct {
	Registry           name.Registry
	Username, Password string
}

// Options say where credentials are looked for.
type Options struct {
	// Given, if it has a user name, comes first.
	Given Given
	// DockerConfig is a docker config, or the folder that holds one. If set, no other file is read.
	DockerConfig string
	// Getenv is os.Getenv.
	Getenv func(string) string
}

// A Keychain finds credentials. It reads each file once, and asks each helper once for a host.
type Keychain struct {
	given Given
	paths []configPath

	load  sync.Once
	files []*config
	err   error

	mu     sync.Mutex
	helped map[question]func() (authn.AuthConfig, error)
}

// A question is what a helper is asked once.
type question struct{ helper, server string }

type configPath struct {
	path     string
	required bool
}

// New makes a Keychain. No file is read before a credential is needed.
func New(o Options) *Keychain {
	return &Keychain{given: o.Given, paths: configPaths(o), helped: map[question]func() (authn.AuthConfig, error){}}
}

// configPaths are the files that may hold credentials, in the order in which they are asked: what
// the user names, then docker's, then podman's (containers-auth.json(5)).
func configPaths(o Options) []configPath {
	if o.DockerConfig != "" {
		return []configPath{{o.DockerConfig, true}}
	}
	var paths []configPath
	add := func(base string, rest ...string) {
		if base != "" {
			paths = append(paths, configPath{path: filepath.Join(append([]string{base}, rest...)...)})
		}
	}
	home := o.Getenv("HOME")
	if home == "" {
		home = o.Getenv("USERPROFILE") // Windows
	}
	add(o.Getenv("REGISTRY_AUTH_FILE"))
	if dir := o.Getenv("DOCKER_CONFIG"); dir != "" {
		add(dir, "config.json")
	} else {
		add(home, ".docker", "config.json")
	}
	add(o.Getenv("XDG_RUNTIME_DIR"), "containers", "auth.json")
	if dir := o.Getenv("XDG_CONFIG_HOME"); dir != "" {
		add(dir, "containers", "auth.json")
	} else {
		add(home, ".config", "containers", "auth.json")
	}
	return paths
}

// Credential gives the credential for a repository; the zero AuthConfig is none. The first file
// that knows the repository, or its registry, answers: by the helper that it names for the registry,
// by what it stores itself, or by the helper that it names for all.
func (k *Keychain) Credential(ctx context.Context, r name.Repository) (authn.AuthConfig, error) {
	if k.given.Username != "" && k.given.Registry == r.Registry {
		return authn.AuthConfig{Username: k.given.Username, Password: k.given.Password}, nil
	}
	k.load.Do(func() { k.files, k.err = readAll(k.paths) })
	if k.err != nil {
		return authn.AuthConfig{}, k.err
	}
	for _, file := range k.files {
		if credential, err := k.ask(ctx, file, r); err != nil || credential != (authn.AuthConfig{}) {
			return credential, err
		}
	}
	return authn.AuthConfig{}, nil
}

func (k *Keychain) ask(ctx context.Context, file *config, r name.Repository) (authn.AuthConfig, error) {
	own := file.helper(r.Registry)
	if credential, err := k.help(ctx, own, r.Registry); err != nil || credential != (authn.AuthConfig{}) {
		return credential, err
	}
	credential, err := file.lookup(r)
	if err != nil || credential != (authn.AuthConfig{}) || own != "" {
		return credential, err
	}
	return k.help(ctx, file.CredsStore, r.Registry)
}

// help asks a helper, if there is one: once, however many repositories wait for the answer.
func (k *Keychain) help(ctx context.Context, helper string, r name.Registry) (authn.AuthConfig, error) {
	if helper == "" {
		return authn.AuthConfig{}, nil
	}
	q := question{helper, serverName(r)}
	k.mu.Lock()
	ask, ok := k.helped[q]
	if !ok {
		ask = sync.OnceValues(func() (authn.AuthConfig, error) { return askHelper(ctx, q.helper, q.server) })
		k.helped[q] = ask
	}
	k.mu.Unlock()
	return ask()
}
