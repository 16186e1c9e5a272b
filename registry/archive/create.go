package archive

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/manifest-tool/manifest-tool/internal/outfile"
	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
)

// A New is an OCI archive that is being made. It is a layout in a folder beside the file until Pack, which
// makes a tar of the layout and gives the tar the name: so the file is the old one or the whole new one.
type New struct {
	*layout.Repository
	path  string
	temp  *outfile.Temp
	named atomic.Bool // whether there is an image in it
}

var _ registry.Repository = (*New)(nil)

// Create prepares an archive, which takes the place of what is there. Nothing is written yet.
func Create(path string) (*New, error) {
	if _, ok := outfile.DescriptorOf(path); ok {
		return nil, registry.Errorf(registry.ErrInvalid, "%s: it is an open descriptor, and an archive is a file of its own", path)
	}
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
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved // a link stays a link
	}
	temp, err := outfile.NewTemp(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	l, err := layout.Open(temp.Path("layout"))
	return &New{Repository: l, path: path, temp: temp}, err
}

// PutManifest stores a manifest. The archive is worth keeping once one has a name.
func (n *New) PutManifest(ctx context.Context, ref registry.Ref, m registry.Manifest) error {
	err := n.Repository.PutManifest(ctx, ref, m)
	if err == nil && ref.Tag != "" {
		n.named.Store(true)
	}
	return err
}

// Close makes the file as Pack does, if Pack was not called, and removes the folder.
func (n *New) Close() error {
	return errors.Join(n.Pack(context.Background()), n.Repository.Close(), n.temp.Remove())
}

// Pack makes the file, if there is an image for it. If the context ends first, the file stays the old one. Nothing can
// be stored afterwards.
func (n *New) Pack(ctx context.Context) error {
	err := n.Repository.Close()
	if err != nil || !n.named.Swap(false) {
		return err
	}
	name := n.temp.Path("tar")
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(pack(boundWriter{ctx, f}, os.DirFS(n.temp.Path("layout"))), f.Chmod(0o644), f.Sync(), f.Close())
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s is not written: %w", n.path, ctx.Err())
	case err != nil:
		return err
	}
	return os.Rename(name, n.path)
}

// A boundWriter fails when its context ends.
type boundWriter struct {
	ctx context.Context
	io.Writer
}

func (w boundWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(p)
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
