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

// temporary begins the name of every file that is not finished. They stand in the folder itself,
// for image-layout.md wants every file below blobs/ to match its name.
const temporary = ".manifest-tool-"

// open opens a regular file of the layout. A link, which may lead anywhere, and a pipe or device,
// which may never end, are refused, also in the place of a folder on the way.
func (r *Repository) open(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	if err := r.checkFolder(root, path.Dir(name)); err != nil {
		return nil, nil, err
	}
	for range 100 { // a file may be replaced between a look at it and its opening
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
	return nil, nil, registry.Errorf(registry.ErrUnverified, "%s keeps being replaced", r.path(name))
}

// checkFolder refuses a folder of the layout that is not a real one.
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
		return nil, registry.Errorf(registry.ErrUnverified, "%s has %d bytes, more than the %d that it may have",
			r.path(name), info.Size(), registry.MaxManifest)
	}
	raw, err := io.ReadAll(io.LimitReader(f, info.Size()))
	if err != nil {
		return nil, r.fileError(name, err)
	}
	return raw, nil
}

// replace writes a file in one step: a reader sees what was there before or all of the new one,
// even after a crash. Nothing is left behind by a failure.
func (r *Repository) replace(root *os.Root, name string, content io.Reader) (err error) {
	temp := temporary + rand.Text()
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return r.fileError(temp, err)
	}
	defer func() {
		if err != nil {
			f.Close() // for the second time, perhaps
			root.Remove(temp)
		}
	}()
	if _, err := io.Copy(f, content); err != nil {
		return err // of the reader or the disk; that of the disk names the file
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

// syncFolder makes a new name in a folder last. Windows has no such call, and needs none.
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

// removeTemporary removes what a writer that was killed has left. The caller holds the lock.
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

// fileError names the file in full: the errors of an os.Root know only its name in there.
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
