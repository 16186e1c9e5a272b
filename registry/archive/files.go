package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
)

// files are the small files of an archive, for package layout.
type files struct {
	*Repository
	ctx    context.Context
	table  *table
	listed bool // index.json lists the wanted file, so it must exist
}

// Path returns the archive and the name in it.
func (f files) Path(name string) string { return filepath.Join(f.path, filepath.FromSlash(name)) }

// KeptIndex returns the kept index.json. The info is nil because the archive does not change.
func (f files) KeptIndex() (*layout.KeptIndex, fs.FileInfo) { return &f.kept, nil }

// ReadFile reads a small file.
func (f files) ReadFile(name string) ([]byte, error) {
	e, ok := f.table.entries[name]
	switch {
	case !ok && f.listed && strings.HasPrefix(name, "blobs/"):
		return nil, registry.Errorf(registry.ErrUnverified, "%s is missing, but %s refers to it: is the archive cut off?", f.Path(name), indexFile)
	case !ok:
		return nil, fs.ErrNotExist
	case e.kind != tar.TypeReg:
		return nil, registry.Errorf(registry.ErrUnverified, "%s is not a regular file", f.Path(name))
	}
	return f.read(name, e)
}

// read reads a whole small file.
func (f files) read(name string, e entry) ([]byte, error) {
	if e.size > registry.MaxManifest {
		return nil, registry.Errorf(registry.ErrUnverified, "%s has %d bytes; the limit is %d",
			f.Path(name), e.size, registry.MaxManifest)
	}
	content, err := f.content(f.ctx, e)
	if err != nil {
		return nil, f.damaged(name, err)
	}
	raw := make([]byte, e.size)
	if _, err := io.ReadFull(content, raw); err != nil {
		return nil, f.damaged(name, err)
	}
	return raw, nil
}

func (f files) damaged(name string, err error) error {
	if f.ctx.Err() != nil {
		return f.ctx.Err()
	}
	if disk := (*fs.PathError)(nil); errors.As(err, &disk) || errors.Is(err, fs.ErrClosed) {
		return fmt.Errorf("%s: %w", f.Path(name), err)
	}
	return registry.Errorf(registry.ErrUnverified, "%s: %w", f.Path(name), unexpected(err))
}

// content opens the content of an entry.
func (r *Repository) content(ctx context.Context, e entry) (io.Reader, error) {
	if e.kept != nil {
		return bytes.NewReader(e.kept), nil
	}
	s, err := r.opened()
	if err != nil {
		return nil, err
	}
	return s.open(ctx, e)
}

// quote makes a name fit for a message: without control characters, and not too long.
func quote(s string) string {
	const most = 200
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "..."
	}
	return strconv.QuoteToASCII(s)
}
