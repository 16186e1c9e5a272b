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

// A New is an OCI archive that is written. It is a layout in a folder beside the file until Pack, which writes a tar
// of the layout and renames it to the file. The file is always the old archive or the whole new one.
type New struct {
	*layout.Repository
	path  string
	temp  *outfile.Temp
	named atomic.Bool // an image has a name
}

var _ registry.Repository = (*New)(nil)

// Create prepares an archive that will replace the file. It writes nothing to the file.
func Create(path string) (*New, error) {
	if _, ok := outfile.DescriptorOf(path); ok {
		return nil, registry.Errorf(registry.ErrInvalid, "%s: cannot write an archive to an open descriptor, give the path of a file", path)
	}
	dir := filepath.Dir(path)
	switch info, err := os.Stat(dir); {
	case err != nil:
		return nil, registry.Errorf(registry.ErrInvalid, "%s: cannot create its folder: %w", path, err)
	case !info.IsDir():
		return nil, registry.Errorf(registry.ErrInvalid, "%s: %s is not a folder", path, dir)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, registry.Errorf(registry.ErrInvalid, "%s: not a regular file", path)
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

// PutManifest stores a manifest. Pack writes the archive only if a manifest has a name.
func (n *New) PutManifest(ctx context.Context, ref registry.Ref, m registry.Manifest) error {
	err := n.Repository.PutManifest(ctx, ref, m)
	if err == nil && ref.Tag != "" {
		n.named.Store(true)
	}
	return err
}

// Close calls Pack and removes the folder.
func (n *New) Close() error {
	return errors.Join(n.Pack(context.Background()), n.Repository.Close(), n.temp.Remove())
}

// Pack writes the file if the archive has an image. If the context ends first, the file does not change. After Pack
// nothing can be stored.
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
		return fmt.Errorf("cannot write %s: %w", n.path, ctx.Err())
	case err != nil:
		return err
	}
	return os.Rename(name, n.path)
}

// A boundWriter fails after the end of its context.
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

// pack writes a layout as a tar with reproducible bytes: files in the order of their names, without times and
// owners.
func pack(to io.Writer, folder fs.FS) error {
	w := tar.NewWriter(to)
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == "." || strings.HasPrefix(path.Base(name), ".") { // lock and temporary files of the layout
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
