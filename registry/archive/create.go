package archive

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
)

// A New is an OCI archive that is being made. It is a layout in a folder beside the file until Close, which
// makes a tar of that and gives it the name: so the file is the old one or the whole new one.
type New struct {
	*layout.Repository
	path, folder string
	named        atomic.Bool // whether there is an image in it
}

var _ registry.Repository = (*New)(nil)

// Create prepares an archive, which takes the place of what is there. Nothing is written yet.
func Create(path string) (*New, error) {
	dir := filepath.Dir(path)
	switch info, err := os.Stat(dir); {
	case err != nil:
		return nil, registry.Errorf(registry.ErrInvalid, "%s: the folder for it: %w", path, err)
	case !info.IsDir():
		return nil, registry.Errorf(registry.ErrInvalid, "%s: %s is no folder", path, dir)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, registry.Errorf(registry.ErrInvalid, "%s: it is no regular file", path)
	}
	folder, err := os.MkdirTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	l, err := layout.Open(folder)
	return &New{Repository: l, path: path, folder: folder}, err
}

// PutManifest stores a manifest. The archive is worth keeping once one has a name.
func (n *New) PutManifest(ctx context.Context, ref registry.Ref, m registry.Manifest) error {
	err := n.Repository.PutManifest(ctx, ref, m)
	if err == nil && ref.Tag != "" {
		n.named.Store(true)
	}
	return err
}

// Close makes the file, if there is an image for it.
func (n *New) Close() error {
	err := n.Repository.Close()
	if err == nil && n.named.Load() {
		err = n.commit()
	}
	return errors.Join(err, os.RemoveAll(n.folder))
}

func (n *New) commit() error {
	f, err := os.CreateTemp(filepath.Dir(n.path), "."+filepath.Base(n.path)+".*")
	if err != nil {
		return err
	}
	err = errors.Join(pack(f, os.DirFS(n.folder)), f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), n.path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// pack writes a layout as a tar that is the same for the same images: files in the order of their names,
// of no time and nobody.
func pack(to io.Writer, folder fs.FS) error {
	w := tar.NewWriter(to)
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == "." || strings.HasPrefix(path.Base(name), ".") { // what the layout keeps for itself
			return err
		}
		return packFile(w, folder, name, entry)
	})
	return errors.Join(err, w.Close())
}

func packFile(w *tar.Writer, folder fs.FS, name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	if entry.IsDir() {
		return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755})
	}
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: info.Size()}); err != nil {
		return err
	}
	f, err := folder.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
