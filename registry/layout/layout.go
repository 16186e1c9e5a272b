// Package layout keeps images in a folder on disk, in the form of the OCI image layout
// (image-spec, image-layout.md).
//
// The package trusts nothing in the folder: it checks every byte against its digest, and refuses links, pipes and
// devices. Writes are atomic: after a failure, and for another reader,
// index.json is the old one or the new one, and the manifests that it lists exist.
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

// A Repository holds the images of one folder. Several goroutines may use it at once.
type Repository struct {
	dir      string
	lockWait time.Duration // maximum wait for another writer

	mu     sync.Mutex // guards the fields below
	closed bool
	root   *os.Root                 // the folder; nil before it exists
	valid  bool                     // the folder is a valid layout
	lock   *flock.Flock             // held from the first write until Close
	puts   map[string]chan struct{} // blobs that are written now, by file
	seen   map[string]fs.FileInfo   // blobs whose digest was checked, by file

	starting parallel.Gate // held by the goroutine that takes the lock
	unnamed  unnamedReferrers
	kept     KeptIndex
	indexing sync.Mutex // held from reading index.json to replacing it
}

var _ registry.Repository = (*Repository)(nil)

// Open returns the layout in dir. The first write creates it.
func Open(dir string) (*Repository, error) {
	if dir == "" {
		return nil, registry.Errorf(registry.ErrInvalid, "the path of the OCI layout is missing")
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

// path returns the full path of a file, for messages.
func (r *Repository) path(name string) string {
	return filepath.Join(r.dir, filepath.FromSlash(name))
}
