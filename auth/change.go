package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/manifest-tool/manifest-tool/internal/outfile"
)

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
