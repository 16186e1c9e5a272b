package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
)

// magics are the first bytes of compressed files that may hold a tar.
var magics = []struct{ magic, name, remedy string }{
	{"\x28\xb5\x2f\xfd", "zstd", "zstd -d"},
	{"\xfd7zXZ\x00", "xz", "xz -d"},
	{"BZh", "bzip2", "bzip2 -d"},
	{"\x04\x22\x4d\x18", "lz4", "lz4 -d"},
	{"PK\x03\x04", "zip", "unzip"},
}

// openSource opens the file, which must be a regular file: others have no random access.
func (r *Repository) openSource() (*source, error) {
	info, err := os.Stat(r.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, registry.Errorf(registry.ErrNotFound, "%s: no such file (a path starts at the current folder)", r.path)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, r.isFolder()
	case !info.Mode().IsRegular():
		return nil, r.wrongKind("not a regular file: manifest-tool reads an archive at random positions, not as a stream")
	}
	f, err := os.Open(r.path)
	if err != nil {
		return nil, err
	}
	s := &source{file: f, size: info.Size(), free: r.free}
	if err := r.checkStart(s); err != nil {
		f.Close()
		return nil, err
	}
	return s, nil
}

// checkStart finds the compression of the file.
func (r *Repository) checkStart(s *source) error {
	head := make([]byte, 8)
	n, _ := s.file.ReadAt(head, 0)
	head = head[:n]
	if n == 0 {
		return r.wrongKind("the file is empty")
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return r.wrongKind("the file is compressed with %s, but manifest-tool reads gzip only: decompress the file first with %s", m.name, m.remedy)
		}
	}
	s.compressed = bytes.HasPrefix(head, []byte(gzipMagic))
	return nil
}

func (r *Repository) isFolder() error {
	if _, err := os.Stat(filepath.Join(r.path, markerFile)); err == nil {
		return r.wrongKind("the path is the folder of an OCI layout, use oci-layout:%s", r.path)
	}
	return r.wrongKind("the path is a folder: buildx writes an archive with -o type=oci,dest=FILE (type=local writes a root file system, not an image)")
}

// load opens the file and reads the headers once. A context that ends leaves the work to the next call.
func (r *Repository) load(ctx context.Context) (*table, error) {
	r.loading.Lock()
	defer r.loading.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.table != nil || r.failed != nil {
		return r.table, r.failed
	}
	t, err := r.scan(ctx)
	if err == nil {
		r.table = t
	} else if ctx.Err() == nil {
		r.failed = err
	}
	return t, err
}

// opened opens the file once.
func (r *Repository) opened() (*source, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, fmt.Errorf("%s: %w", r.path, fs.ErrClosed)
	}
	if r.source != nil {
		return r.source, nil
	}
	s, err := r.openSource()
	r.source = s
	return s, err
}

func (r *Repository) scan(ctx context.Context) (*table, error) {
	s, err := r.opened()
	if err != nil {
		return nil, err
	}
	start, err := s.start(ctx)
	if err != nil {
		return nil, registry.Errorf(registry.ErrUnverified, "%s: %w", r.path, err)
	}
	t, err := scan(ctx, start)
	if err != nil {
		return nil, err
	}
	if err := r.identify(ctx, t); err != nil {
		return nil, err
	}
	if !t.has(indexFile) {
		return t, nil
	}
	return t, layout.CheckVersion(files{r, ctx, t, false})
}
