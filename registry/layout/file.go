package layout

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
)

// temporary is the prefix of unfinished files. They are in the folder itself, because the image-spec allows only
// blobs below blobs/.
const temporary = ".manifest-tool-"

// open opens a regular file of the layout. It refuses links, which may lead anywhere, and pipes and devices, which
// may never end, also as a folder of the path.
func (r *Repository) open(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	if err := r.checkFolder(root, path.Dir(name)); err != nil {
		return nil, nil, err
	}
	for range 100 { // the file may be replaced between Lstat and Open
		before, err := root.Lstat(name)
		if err != nil {
			return nil, nil, r.fileError(name, err)
		}
		if !before.Mode().IsRegular() {
			return nil, nil, registry.Errorf(registry.ErrUnverified, "%s is %s, not a regular file", r.path(name), kind(before))
		}
		f, err := root.Open(name)
		if err != nil {
			return nil, nil, r.fileError(name, err)
		}
		if info, err := f.Stat(); err == nil && os.SameFile(before, info) {
			return f, info, nil
		}
		f.Close()
	}
	return nil, nil, registry.Errorf(registry.ErrUnverified, "other processes keep replacing %s", r.path(name))
}

// checkFolder refuses a folder of the layout that is a link or a file.
func (r *Repository) checkFolder(root *os.Root, name string) error {
	if name == "." {
		return nil
	}
	if err := r.checkFolder(root, path.Dir(name)); err != nil {
		return err
	}
	info, err := root.Lstat(name)
	if err != nil {
		return r.fileError(name, err)
	}
	if !info.IsDir() {
		return registry.Errorf(registry.ErrUnverified, "%s is %s, not a folder", r.path(name), kind(info))
	}
	return nil
}

func kind(info fs.FileInfo) string {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	}
	return "a device or socket"
}

// read reads a small file.
func (r *Repository) read(root *os.Root, name string) ([]byte, error) {
	f, info, err := r.open(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.Size() > registry.MaxManifest {
		return nil, registry.Errorf(registry.ErrUnverified, "%s has %d bytes; the limit is %d",
			r.path(name), info.Size(), registry.MaxManifest)
	}
	raw, err := io.ReadAll(io.LimitReader(f, info.Size()))
	if err != nil {
		return nil, r.fileError(name, err)
	}
	return raw, nil
}

// replace writes a file atomically: a reader sees the old content or all of the new content, even after a crash. A
// failure leaves nothing behind.
func (r *Repository) replace(root *os.Root, name string, content io.Reader) (err error) {
	temp := temporary + rand.Text()
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return r.fileError(temp, err)
	}
	defer func() {
		if err != nil {
			f.Close() // may be the second call
			root.Remove(temp)
		}
	}()
	if _, err := io.Copy(f, content); err != nil {
		return err // an error of the disk names the file
	}
	if err := f.Sync(); err != nil {
		return r.fileError(temp, err)
	}
	if err := f.Close(); err != nil {
		return r.fileError(temp, err)
	}
	if err := root.Rename(temp, name); err != nil {
		return r.fileError(name, err)
	}
	return r.syncFolder(root, path.Dir(name))
}

// syncFolder makes a new name in a folder durable. Windows has no such call and needs none.
func (r *Repository) syncFolder(root *os.Root, name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := root.Open(name)
	if err != nil {
		return r.fileError(name, err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return r.fileError(name, err)
	}
	return nil
}

// removeTemporary removes the unfinished files of a writer that was killed. The caller holds the lock.
func (r *Repository) removeTemporary(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return r.fileError(".", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), temporary) && e.Type().IsRegular() {
			if err := root.Remove(e.Name()); err != nil {
				return r.fileError(e.Name(), err)
			}
		}
	}
	return nil
}

// fileError adds the full path of the file: an error of os.Root has only the name in the root.
func (r *Repository) fileError(name string, err error) error {
	var file *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &file):
		err = file.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("%s: %w", r.path(name), err)
}
