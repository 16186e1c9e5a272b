package drafts

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/manifest-tool/manifest-tool/registry"
)

const (
	lockName = ".lock"
	lockWait = 10 * time.Second
)

// A lockedDraft is a draft that no other process can write until it is unlocked.
type lockedDraft struct {
	root *os.Root
	lock *flock.Flock
	name string
	old  []byte // what it holds; nil if there is none
}

// lock waits until no other process writes to the folder. It creates the folder.
func (f Folder) lock(ctx context.Context, name string) (_ *lockedDraft, err error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, err
	}
	d := &lockedDraft{root: root, name: name, lock: flock.New(filepath.Join(f.dir, lockName), flock.SetFlag(os.O_RDWR))}
	defer func() {
		if err != nil {
			d.unlock()
		}
	}()
	if err := makeLock(root); err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	_, err = d.lock.TryLockContext(bounded, 10*time.Millisecond)
	switch {
	case err != nil && bounded.Err() != nil:
		return nil, registry.Errorf(registry.ErrUnavailable, "another process holds the lock of %s: %w", f.dir, err)
	case err != nil:
		return nil, err
	}
	if d.old, err = readDraft(root, name); errors.Is(err, fs.ErrNotExist) {
		d.old, err = nil, nil
	}
	return d, err
}

// makeLock creates the lock file, if there is none. Package flock would also open a link or a pipe of that name.
func makeLock(root *os.Root) error {
	file, err := root.OpenFile(lockName, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return regular(root, lockName)
	}
	if err != nil {
		return err
	}
	return file.Close()
}

func (d *lockedDraft) unlock() {
	d.lock.Unlock()
	d.root.Close()
}

// replace replaces the draft atomically.
func (d *lockedDraft) replace(content []byte) error { return d.write(d.name, content) }

// backUp writes what the draft held into a file beside it.
func (d *lockedDraft) backUp() error { return d.write(d.name+backupSuffix, d.old) }

func (d *lockedDraft) write(name string, content []byte) error {
	temp := "." + name[:min(len(name), 100)] + "." + rand.Text()
	file, err := d.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = d.root.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(err, d.root.Remove(temp))
	}
	return nil
}

func (d *lockedDraft) remove() error { return d.root.Remove(d.name) }

// removeBackup removes the backup of an earlier draft, if there is one.
func (d *lockedDraft) removeBackup() error {
	if err := d.root.Remove(d.name + backupSuffix); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
