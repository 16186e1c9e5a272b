package layout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// blobFile returns the file of a blob. The digest is valid.
func blobFile(digest v1.Hash) string { return blobsDir + "/" + digest.Hex }

// HasBlob reports whether the layout holds a blob. A file with other content, after a crash or from another tool,
// does not count.
func (r *Repository) HasBlob(ctx context.Context, d v1.Descriptor) (bool, error) {
	f, err := r.openBlob(ctx, d)
	if errors.Is(err, registry.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() != d.Size {
		return false, err
	}
	content, err := registry.Verify(io.NopCloser(contextReader{ctx, f}), d)
	if err != nil {
		return false, err
	}
	_, err = io.Copy(io.Discard, content)
	if errors.Is(err, registry.ErrUnverified) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", r.path(blobFile(d.Digest)), err)
	}
	r.remember(blobFile(d.Digest), info)
	return true, nil
}

// Blob opens a blob, whose reader checks the digest.
func (r *Repository) Blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	f, err := r.openBlob(ctx, d)
	if err != nil {
		return nil, err
	}
	return registry.Verify(struct {
		io.Reader
		io.Closer
	}{contextReader{ctx, f}, f}, d)
}

func (r *Repository) openBlob(ctx context.Context, d v1.Descriptor) (*os.File, error) {
	if _, err := parseDigest(d.Digest.String()); err != nil {
		return nil, fmt.Errorf("%s: %w", r.dir, err)
	}
	root, err := r.layout(ctx)
	if err != nil {
		return nil, err
	}
	f, _, err := r.open(root, blobFile(d.Digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, registry.Errorf(registry.ErrNotFound, "%s does not hold %s", r.dir, d.Digest)
	}
	return f, err
}

// A contextReader ends with its context.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.Reader.Read(p)
}

// remember records that the bytes of a blob match its digest, so that they are not hashed again. It does not record
// a file that is newer than the step of the file system's clock, because such a file may change without a new time.
func (r *Repository) remember(name string, info fs.FileInfo) {
	const tick = 20 * time.Millisecond // file systems stamp with the kernel's clock: 1 to 10 ms
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(info.ModTime()) > tick {
		r.seen[name] = info
	}
}

// stillThere reports whether a remembered blob has not changed.
func (r *Repository) stillThere(root *os.Root, d v1.Descriptor) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	old, ok := r.seen[blobFile(d.Digest)]
	if !ok || old.Size() != d.Size {
		return false
	}
	now, err := root.Lstat(blobFile(d.Digest))
	return err == nil && os.SameFile(old, now) && now.Size() == old.Size() && now.ModTime().Equal(old.ModTime())
}
