package auth

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
)

// Store keeps a login: in the helper that the file names for the registry, or in the file. It returns where the login
// is. As docker does, it writes an empty entry for a login that a helper keeps.
func (f File) Store(ctx context.Context, key Key, login authn.AuthConfig) (Source, error) {
	helper, err := f.helper(ctx, key)
	if err != nil {
		return Source{}, err
	}
	kept := login
	source := Source{Place: f.Name(), Key: key.cleaned()}
	if helper != "" {
		source = f.sourceOf(ctx, helper, key)
		if err := storeInHelper(ctx, helper, serverName(key.Registry), login); err != nil {
			return Source{}, err
		}
		kept = authn.AuthConfig{}
	}
	err = f.change(ctx, func(auths document) (document, error) { return f.put(auths, key, kept) })
	return source, err
}

// sourceOf describes a login that a helper keeps, as a Keychain does.
func (f File) sourceOf(ctx context.Context, helper string, key Key) Source {
	place := "credsStore of "
	if _, c, err := f.read(ctx); err == nil && c.helper(key.Registry) != "" {
		place = "credHelpers of "
	}
	return Source{Place: place + f.Name(), Key: serverName(key.Registry), Helper: "docker-credential-" + helper}
}

// put replaces the entry of a key. All spellings of the key become one. What the entry has beside a login stays.
func (f File) put(auths document, key Key, login authn.AuthConfig) (document, error) {
	entry := entryOf(login)
	at := -1
	for i, m := range auths {
		if !key.isFor(m.name) {
			continue
		}
		old, err := parseDocument(m.value)
		if err != nil {
			return nil, err
		}
		for _, other := range old {
			known := func(m member) bool { return strings.EqualFold(m.name, other.name) }
			if !slices.ContainsFunc(secretMembers, func(name string) bool { return strings.EqualFold(name, other.name) }) && !slices.ContainsFunc(entry, known) {
				entry = append(entry, other)
			}
		}
		if at < 0 {
			at = i
		}
	}
	var result document
	for i, m := range auths {
		if i == at {
			m.name = f.storedKey(key)
		} else if key.isFor(m.name) {
			continue
		}
		result = append(result, m)
	}
	return result.set(at, f.storedKey(key), entry)
}

// Erase removes a login from the helper that the file names for the registry, and from the file. It reports whether
// there was one. A helper that fails, such as one that is not installed, keeps no login in the file.
func (f File) Erase(ctx context.Context, key Key) (erased bool, err error) {
	helper, err := f.helper(ctx, key)
	var misplaced *KeyError
	var unusable *HelperError
	if err != nil && !errors.As(err, &misplaced) && !errors.As(err, &unusable) { // a file may have a login that it should not
		return false, err
	}
	if helper != "" {
		erased, err = eraseInHelper(ctx, helper, serverName(key.Registry))
	}
	if err != nil && errors.As(err, &misplaced) {
		err = nil
	}
	changeErr := f.change(ctx, func(auths document) (document, error) {
		return slices.DeleteFunc(auths, func(m member) bool {
			found := key.isFor(m.name)
			erased = erased || found
			return found
		}), nil
	})
	return erased, errors.Join(err, changeErr)
}

// EraseAll removes all logins from the helpers that the file names, and from the file. It returns their keys. A helper
// of a single registry only loses the login of that registry. Such a helper may keep no logins, and have no list.
func (f File) EraseAll(ctx context.Context) (erased []string, err error) {
	_, c, err := f.read(ctx)
	if err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	var errs []error
	erase := func(helper, server string) {
		if _, err := runHelper(ctx, helper, "erase", server); err != nil {
			errs = append(errs, err)
			return
		}
		keys[shownKey(server)] = true
	}
	for _, helper := range c.helpers() {
		listed, err := listHelper(ctx, helper)
		if err != nil && helper == c.CredsStore {
			errs = append(errs, err)
		}
		for _, server := range sortedKeys(listed) {
			if helper == c.CredsStore || c.helperOf(server) == helper {
				erase(helper, server)
			}
		}
	}
	err = f.change(ctx, func(auths document) (document, error) {
		for _, m := range auths {
			if string(m.value) != "{}" {
				keys[shownKey(m.name)] = true
			}
		}
		return nil, nil
	})
	return slices.Sorted(maps.Keys(keys)), errors.Join(append(errs, err)...)
}

// helpers returns the helpers that a config names, each once.
func (c *config) helpers() []string {
	names := map[string]bool{}
	for _, helper := range c.CredHelpers {
		names[helper] = true
	}
	names[c.CredsStore] = true
	delete(names, "")
	return sortedKeys(names)
}

// helperOf returns the helper for a key, or "".
func (c *config) helperOf(stored string) string {
	for _, key := range sortedKeys(c.CredHelpers) {
		if clean(key) == clean(stored) {
			return c.CredHelpers[key]
		}
	}
	return ""
}

// shownKey returns a key as users write it.
func shownKey(stored string) string {
	cleaned := clean(stored)
	if host, rest, found := strings.Cut(cleaned, "/"); canonicalHost(host) == canonicalHost("docker.io") {
		if cleaned = "docker.io"; found {
			cleaned += "/" + rest
		}
	}
	return cleaned
}
