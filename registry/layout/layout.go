// Package layout keeps images in a folder on disk, in the form of the OCI image layout
// (image-spec, image-layout.md).
//
// Nothing in the folder is trusted: every byte is checked against its digest, and a link, pipe or
// device in the place of a file is refused. Writing is atomic: whatever goes wrong, and whoever
// reads meanwhile, index.json is the old one or the new one, and what it names is there.
package layout

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	imagespec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/manifest-tool/manifest-tool/internal/parallel"
	"github.com/manifest-tool/manifest-tool/registry"
)

// The files of a layout (image-layout.md, "Content").
const (
	markerFile = imagespec.ImageLayoutFile
	indexFile  = imagespec.ImageIndexFile
	blobsDir   = imagespec.ImageBlobsDir + "/sha256"
)

// A Repository is the images in one folder. Several goroutines may use it at once.
type Repository struct {
	dir      string
	lockWait time.Duration // how long another writer is waited for

	mu     sync.Mutex // guards what follows
	closed bool
	root   *os.Root                 // the folder, once it is there
	valid  bool                     // the folder has been found to be a layout
	lock   *flock.Flock             // held from the first write until Close
	puts   map[string]chan struct{} // by file, blobs that are being written
	seen   map[string]fs.FileInfo   // by file, blobs whose bytes were right

	starting parallel.Gate // held by the goroutine that takes the lock
	unnamed  unnamedReferrers
	kept     KeptIndex
	indexing sync.Mutex // held from reading index.json to replacing it
}

var _ registry.Repository = (*Repository)(nil)

// Open opens the layout in dir. Nothing is created until something is written.
func Open(dir string) (*Repository, error) {
	if dir == "" {
		return nil, registry.Errorf(registry.ErrInvalid, "the folder of an OCI layout has no name")
	}
	return &Repository{
		dir:      filepath.Clean(dir),
		lockWait: time.Minute,
		puts:     make(map[string]chan struct{}),
		seen:     make(map[string]fs.FileInfo),
		starting: parallel.NewGate(),
	}, nil
}

// Close releases the lock and removes temporary files. The Repository cannot be used afterwards.
func (r *Repository) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	var errs []error
	if r.lock != nil {
		errs = append(errs, r.removeTemporary(r.root), r.lock.Unlock())
		r.lock = nil
	}
	if r.root != nil {
		errs = append(errs, r.root.Close())
		r.root = nil
	}
	return errors.Join(errs...)
}

// path is the name of a file of the layout as the user knows it.
func (r *Repository) path(name string) string {
	return filepath.Join(r.dir, filepath.FromSlash(name))
}
