package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/manifest-tool/manifest-tool/internal/contextio"
	"github.com/manifest-tool/manifest-tool/internal/outfile"
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

// dockerFile is the name of docker's file.
const dockerFile = "config.json"

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
		return File{place: place, containers: place.containers && filepath.Base(place.path) != dockerFile}, nil
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
	case helper != "" && !helperName.MatchString(helper):
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

// ErrLocked means that another process writes a file of credentials for a long time.
var ErrLocked = errors.New("another process holds the lock of the file")

// lockWait is how long a run waits for the lock. A test has less time.
var lockWait = 10 * time.Second

// change changes the entries of the file, under its lock. Nothing is written if the entries stay the same.
func (f File) change(ctx context.Context, edit func(auths document) (document, error)) error {
	if same, err := f.staysSame(ctx, edit); same || err != nil {
		return err
	}
	path, err := outfile.Follow(f.place.path)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", f.Name(), err)
	}
	limited, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	unlock, err := outfile.Lock(limited, path)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("cannot write %s: %w", f.Name(), ErrLocked)
	case err != nil:
		return fmt.Errorf("cannot write %s: %w", f.Name(), err)
	}
	defer unlock()
	_, changed, err := f.edited(ctx, edit)
	if err != nil {
		return err
	}
	if err := outfile.Replace(path, changed, 0o600); err != nil {
		return fmt.Errorf("cannot write %s: %w", f.Name(), err)
	}
	return nil
}

// staysSame reports whether nothing has to be written. Then no folder is made.
func (f File) staysSame(ctx context.Context, edit func(document) (document, error)) (bool, error) {
	raw, changed, err := f.edited(ctx, edit)
	return err == nil && bytes.Equal(raw, changed), err
}

// edited returns the text of the file, and its text after an edit.
func (f File) edited(ctx context.Context, edit func(document) (document, error)) (raw, changed []byte, err error) {
	if raw, _, err = f.read(ctx); err != nil {
		return nil, nil, err
	}
	if changed, err = editedText(raw, edit); err != nil {
		return nil, nil, &ConfigError{Path: f.Name(), Err: err}
	}
	return raw, changed, nil
}

// editedText returns the text of a file whose entries were changed, or the same text.
func editedText(raw []byte, edit func(document) (document, error)) ([]byte, error) {
	whole, err := parseDocument(raw)
	if err != nil {
		return nil, err
	}
	at, err := whole.find("auths")
	if err != nil {
		return nil, err
	}
	var auths document
	if at >= 0 {
		if auths, err = parseDocument(whole[at].value); err != nil {
			return nil, err
		}
	}
	before := auths.compact()
	if auths, err = edit(auths); err != nil {
		return nil, err
	}
	if before == auths.compact() {
		return raw, nil
	}
	if whole, err = whole.set(at, "auths", auths); err != nil {
		return nil, err
	}
	return whole.text()
}

// storedKey returns the key of a login in the file, as docker or podman write it.
func (f File) storedKey(key Key) string {
	if f.containers {
		return key.String()
	}
	return serverName(key.Registry)
}

// secretMembers are the members of an entry that a login consists of.
var secretMembers = []string{"auth", "username", "password", "identitytoken", "registrytoken"}

// entryOf returns the members of a login in a file. A login that a helper keeps has an entry without members.
func entryOf(login authn.AuthConfig) document {
	var d document
	text := func(name, value string) {
		if value != "" {
			d, _ = d.set(-1, name, value)
		}
	}
	if login.Username != "" {
		text("auth", base64.StdEncoding.EncodeToString([]byte(login.Username+":"+login.Password)))
	}
	text("identitytoken", login.IdentityToken)
	return d
}
