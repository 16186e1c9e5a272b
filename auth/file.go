package auth

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
)

// docker/cli's own package reads and writes such files too. It is not used for writing: it drops the members that it
// does not know, has no lock, takes a file with text behind the object for a sound one, waits without limit for a
// helper, and shows what a helper prints.

// A File keeps logins: docker's config.json, or an auth.json of podman and skopeo.
type File struct {
	place configPlace
	// containers: the file has keys as podman writes them (containers-auth.json(5)). It may have logins for
	// namespaces, which docker would take for logins of the whole registry.
	containers bool
}

// The names of the files of docker and of podman. Scripts give each of them to each flag.
const (
	dockerFile = "config.json"
	podmanFile = "auth.json"
)

// FileOf returns the file that a new login goes into: the first one that a Keychain with these options reads, but none
// of podman's own, which may be gone after the next start of the machine.
func FileOf(o Options) (File, error) {
	for _, place := range configPlaces(o) {
		if place.text != "" || place.podmans {
			continue
		}
		info, err := os.Stat(place.path)
		if err == nil && info.IsDir() || os.IsPathSeparator(place.path[len(place.path)-1]) {
			place.path = filepath.Join(place.path, dockerFile)
		}
		base := filepath.Base(place.path)
		return File{place: place, containers: place.containers && base != dockerFile || base == podmanFile}, nil
	}
	return File{}, errors.New("the variable HOME is not set: name the file with --authfile")
}

// Name returns the name of the file for messages.
func (f File) Name() string { return f.place.shown(f.place.path) }

// Check reports whether a login for the key can be kept, before anybody is asked for a password.
func (f File) Check(ctx context.Context, key Key) error {
	_, err := f.helper(ctx, key)
	return err
}

// A KeyError is a login that a file cannot keep.
type KeyError struct{ text string }

func (e *KeyError) Error() string { return e.text }

// helper returns the helper that keeps the login for a key, or "".
func (f File) helper(ctx context.Context, key Key) (string, error) {
	_, c, err := f.read(ctx)
	if err != nil {
		return "", err
	}
	helper := c.helper(key.Registry)
	if helper == "" && !f.containers {
		helper = c.CredsStore // podman ignores it in its own files
	}
	switch {
	case key.Path != "" && !f.containers:
		return "", &KeyError{fmt.Sprintf("docker would use a login for %s in %s for all of %s: name a file of podman or skopeo with --authfile", key, f.Name(), key.Registry)}
	case key.Path != "" && helper != "":
		return "", &KeyError{fmt.Sprintf("docker-credential-%s keeps logins of whole registries only, not one for %s: remove %s from credHelpers in %s", helper, key, key.Registry, f.Name())}
	case helper != "" && !helperName().MatchString(helper):
		return "", &HelperError{Helper: helper, Server: key.String(), Err: errHelperName}
	}
	return helper, nil
}

// read reads the file. There may be none.
func (f File) read(ctx context.Context) ([]byte, *config, error) {
	fail := func(err error) ([]byte, *config, error) {
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err // the message has the path
		}
		return nil, nil, &ConfigError{Path: f.Name(), Err: err}
	}
	switch info, err := os.Stat(f.place.path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &config{path: f.Name()}, nil
	case err != nil:
		return fail(err)
	case !info.Mode().IsRegular():
		return fail(errors.New("not a regular file"))
	}
	raw, err := contextio.ReadFile(ctx, f.place.path, maxConfig)
	if err != nil && ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if err != nil {
		return fail(err)
	}
	c, err := parse(raw)
	if err != nil {
		return fail(err)
	}
	c.path = f.Name()
	return raw, c, nil
}

// storedKey returns the key of a login in the file, as docker or podman write it.
func (f File) storedKey(key Key) string {
	if f.containers {
		return key.String()
	}
	return serverName(key.Registry)
}
