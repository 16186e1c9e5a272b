// Package outfile makes the files that the program writes: unfinished files that a later run recognises and removes,
// files that are replaced under a lock, and open descriptors.
package outfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

const (
	// prefix begins the name of each folder with an unfinished file. It differs from the prefix of package layout,
	// which removes its own files without a look at their owner.
	prefix   = ".manifest-tool.tmp-"
	lockName = "lock"
)

// A Temp is a folder for an unfinished file. It is beside the place of the file, so that a rename moves the file
// there. Its owner holds a lock for as long as it lives.
type Temp struct {
	folder string
	lock   *flock.Flock // nil where the file system has no locks
}

// NewTemp creates a folder in dir, and removes the folders of owners that were killed.
func NewTemp(dir string) (*Temp, error) {
	Sweep(dir)
	for range 10 { // another run may take a new folder for one without an owner
		folder, err := os.MkdirTemp(dir, prefix+"*")
		if err != nil {
			return nil, err
		}
		lock, err := own(folder)
		if err == nil {
			return &Temp{folder, lock}, nil
		}
		if !errors.Is(err, errTaken) {
			return nil, errors.Join(err, os.RemoveAll(folder))
		}
	}
	return nil, fmt.Errorf("%s: other processes keep removing new files in this folder", dir)
}

var errTaken = errors.New("another process holds the lock")

// own locks a new folder.
func own(folder string) (*flock.Flock, error) {
	name := filepath.Join(folder, lockName)
	lock := flock.New(name, flock.SetPermissions(0o600))
	switch locked, err := lock.TryLock(); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errTaken
	case err != nil:
		return nil, lock.Close() // this system has no locks, so no process sweeps here
	case !locked:
		return nil, errTaken
	}
	if isAt(lock, name) {
		return lock, nil
	}
	return nil, errors.Join(errTaken, lock.Unlock())
}

// Path returns the path of a file in the folder.
func (t *Temp) Path(name string) string { return filepath.Join(t.folder, name) }

// Remove removes the folder and what is in it. It renames the folder first: a run that has just created a folder of
// this name must not find a place for its lock in a folder that is being emptied.
func (t *Temp) Remove() error {
	folder := t.folder + ".removed"
	if os.Rename(t.folder, folder) != nil {
		folder = t.folder // Windows does not rename a folder with an open file
	}
	err := os.RemoveAll(folder)
	if t.lock == nil {
		return err
	}
	if unlockErr := t.lock.Unlock(); unlockErr != nil || err == nil {
		return errors.Join(err, unlockErr)
	}
	return os.RemoveAll(folder) // Windows keeps a file that is open
}

// Sweep removes the folders in dir whose owners were killed. What cannot be removed stays.
func Sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), prefix) || !entry.IsDir() {
			continue
		}
		if info, err := entry.Info(); err == nil && isOurs(info) {
			removeDead(filepath.Join(dir, entry.Name()))
		}
	}
}

// removeDead removes a folder if no process holds its lock.
func removeDead(folder string) {
	name := filepath.Join(folder, lockName)
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return
	}
	lock := flock.New(name, flock.SetPermissions(0o600))
	defer lock.Close()
	if locked, err := lock.TryLock(); err == nil && locked {
		dead := Temp{folder, lock}
		dead.Remove()
	}
}
