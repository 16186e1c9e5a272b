package outfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// maxLinks is how many links a path may lead through.
const maxLinks = 40

// Follow returns the file that a path leads to through links, also if there is no such file yet. A rename to the
// path itself would replace the link.
func Follow(path string) (string, error) {
	for range maxLinks {
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link, or nothing
		}
		if !filepath.IsAbs(to) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return "", err
			}
			to = filepath.Join(dir, to)
		}
		path = to
	}
	return "", fmt.Errorf("%s: too many links", path)
}

// Replace writes a file whole or not at all. The new file belongs to the owner of the old one, if the system allows
// that. The path must not be a link: see [Follow].
func Replace(path string, content []byte, mode fs.FileMode) (err error) {
	temp, err := NewTemp(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, temp.Remove()) }()
	file, err := os.OpenFile(temp.Path("file"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if old, err := os.Stat(path); err == nil {
		keepOwner(file, old)
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync() // or else a crash of the machine could leave an empty file
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Path("file"), path)
}

// lockPause is the time between two tries to get a lock.
const lockPause = 10 * time.Millisecond

// Lock waits until no other process holds the lock of a file, which is a file beside it. Where the file system has no
// locks, Lock does not wait. The error is not nil if the context has ended, or the place of the lock is taken.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	name := path + ".lock"
	for {
		if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is the place of a lock, but not a regular file", name)
		}
		lock := flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
		_, err := lock.TryLockContext(ctx, lockPause)
		switch {
		case ctx.Err() != nil:
			lock.Close()
			return nil, ctx.Err()
		case err != nil:
			lock.Close()
			return func() {}, nil
		}
		if isAt(lock, name) {
			return func() {
				os.Remove(name) // before the unlock: the next owner sees that its lock is not there, and makes a new one
				lock.Unlock()
			}, nil
		}
		lock.Unlock()
	}
}

// isAt reports whether the file of a lock still has its name.
func isAt(lock *flock.Flock, name string) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(name)
	return err == nil && os.SameFile(held, there)
}
