package layout

import (
	"context"
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// PutBlob copies a blob from the first repository that has it, unless the layout has it.
func (r *Repository) PutBlob(ctx context.Context, d v1.Descriptor, from ...registry.Repository) (registry.Transfer, error) {
	return r.put(ctx, d, func() (io.ReadCloser, error) {
		for _, source := range from {
			content, err := source.Blob(ctx, d)
			if !errors.Is(err, registry.ErrNotFound) {
				return content, err
			}
		}
		return nil, registry.Errorf(registry.ErrNotFound, "%s: no source of the copy holds this blob", d.Digest)
	})
}

// put stores a blob unless it exists. It opens the source before it creates a file.
func (r *Repository) put(ctx context.Context, d v1.Descriptor, open func() (io.ReadCloser, error)) (registry.Transfer, error) {
	done, err := r.claim(ctx, blobFile(d.Digest))
	if err != nil {
		return 0, err
	}
	defer done()
	if has, err := r.HasBlob(ctx, d); has || err != nil {
		return registry.Present, err
	}
	source, err := open()
	if err != nil {
		return 0, err
	}
	content, err := registry.Verify(source, d) // the source may send other bytes
	if err != nil {
		return 0, err
	}
	defer content.Close()
	root, err := r.writable(ctx)
	if err != nil {
		return 0, err
	}
	if err := r.replace(root, blobFile(d.Digest), contextReader{ctx, content}); err != nil {
		return 0, fmt.Errorf("store %s (%d bytes) in %s: %w", d.Digest, d.Size, r.dir, err)
	}
	if info, err := root.Lstat(blobFile(d.Digest)); err == nil {
		r.remember(blobFile(d.Digest), info)
	}
	return registry.Streamed, nil
}

// claim lets one goroutine write a blob. The others wait until it is written.
func (r *Repository) claim(ctx context.Context, name string) (done func(), err error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.mu.Lock()
		other, taken := r.puts[name]
		if !taken {
			mine := make(chan struct{})
			r.puts[name] = mine
			r.mu.Unlock()
			return func() { r.release(name, mine) }, nil
		}
		r.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
		}
	}
}

func (r *Repository) release(name string, mine chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.puts, name)
	close(mine)
}
