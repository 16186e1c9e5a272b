package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A draftFolder keeps drafts: spec files, one for each name. Nothing else in it is ours.
type draftFolder struct{ dir string }

const (
	draftSuffix  = ".yaml"
	backupSuffix = ".bak"
	draftLock    = ".lock"
	maxDraft     = 1 << 20 // as much as a spec may have
	draftWait    = 10 * time.Second
)

// draftFolder is the one that is named, or that of the user's state: $XDG_STATE_HOME, else ~/.local/state.
func (p *program) draftFolder(named string) (draftFolder, error) {
	if named != "" {
		return draftFolder{named}, nil
	}
	dir := p.getenv("XDG_STATE_HOME")
	switch home := p.getenv("HOME"); {
	case filepath.IsAbs(dir):
	case runtime.GOOS == "windows" && filepath.IsAbs(p.getenv("LocalAppData")):
		dir = p.getenv("LocalAppData")
	case filepath.IsAbs(home):
		dir = filepath.Join(home, ".local", "state")
	default:
		return draftFolder{}, usagef("there is no place for drafts, as HOME is not set: --drafts names a folder")
	}
	return draftFolder{filepath.Join(dir, "manifest-tool", "drafts")}, nil
}

// draftName is the file of a draft: its name with + for a slash and = for a colon, as no file can have those
// everywhere. Upper case is escaped too, since there are disks that know none.
func draftName(list spec.Reference) string {
	var b strings.Builder
	for _, c := range []byte(list.String()) {
		switch {
		case c == '/':
			b.WriteByte('+')
		case c == ':':
			b.WriteByte('=')
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("._-", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	name := b.String()
	if len(name) > 200 { // a file name has up to 255 bytes
		name = fmt.Sprintf("%s%%%x", name[:160], sha256.Sum256([]byte(name)))[:200]
	}
	return name + draftSuffix
}

func (f draftFolder) path(list spec.Reference) string { return filepath.Join(f.dir, draftName(list)) }

// read gives the bytes of a draft. Without one, the error is [fs.ErrNotExist].
func (f draftFolder) read(name string) ([]byte, error) {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return readDraft(root, name)
}

// regular refuses what leads elsewhere, or would keep us waiting.
func regular(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = usagef("%s is no regular file", filepath.Join(root.Name(), name))
	}
	return err
}

func readDraft(root *os.Root, name string) ([]byte, error) {
	if err := regular(root, name); err != nil {
		return nil, err
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxDraft+1))
}

// names are the files of all drafts, sorted.
func (f draftFolder) names() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), draftSuffix) && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// A lockedDraft is a draft that nobody else can write until it is unlocked.
type lockedDraft struct {
	root *os.Root
	lock *flock.Flock
	name string
	old  []byte // what it holds; nil if there is none
}

// lock waits until nobody else writes to the folder, which it makes.
func (f draftFolder) lock(ctx context.Context, name string) (_ *lockedDraft, err error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, err
	}
	d := &lockedDraft{root: root, name: name, lock: flock.New(filepath.Join(f.dir, draftLock), flock.SetFlag(os.O_RDWR))}
	defer func() {
		if err != nil {
			d.unlock()
		}
	}()
	if err := makeLock(root); err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, draftWait)
	defer cancel()
	_, err = d.lock.TryLockContext(bounded, 10*time.Millisecond)
	switch {
	case err != nil && bounded.Err() != nil:
		return nil, registry.Errorf(registry.ErrUnavailable, "another process writes to %s: %w", f.dir, err)
	case err != nil:
		return nil, err
	}
	if d.old, err = readDraft(root, name); errors.Is(err, fs.ErrNotExist) {
		d.old, err = nil, nil
	}
	return d, err
}

// makeLock makes the file that is locked, if there is none. Package flock would open whatever lies there.
func makeLock(root *os.Root) error {
	file, err := root.OpenFile(draftLock, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return regular(root, draftLock)
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

// replace gives the draft new content, whole or not at all.
func (d *lockedDraft) replace(content []byte) error { return d.write(d.name, content) }

// backUp keeps what the draft held beside it.
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

// removeBackup removes what an earlier draft left.
func (d *lockedDraft) removeBackup() error {
	if err := d.root.Remove(d.name + backupSuffix); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
