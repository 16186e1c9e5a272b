package layout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/gofrs/flock"
	imagespec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// writable opens the folder for a write. The first call makes the folder a layout, and locks it until Close.
func (r *Repository) writable(ctx context.Context) (*os.Root, error) {
	if err := r.starting.Enter(ctx); err != nil {
		return nil, err
	}
	defer r.starting.Leave()
	if root := r.locked(); root != nil {
		return root, nil
	}
	root, err := r.makeFolder()
	if err != nil {
		return nil, err
	}
	lock, err := r.takeLock(ctx, root)
	if err != nil {
		return nil, err
	}
	if err := r.prepare(root); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		lock.Unlock()
		return nil, fmt.Errorf("%s: %w", r.dir, fs.ErrClosed)
	}
	r.lock, r.valid = lock, true
	return root, nil
}

func (r *Repository) locked() *os.Root {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lock == nil {
		return nil
	}
	return r.root
}

// makeFolder creates the folder and an empty oci-layout file. It refuses a folder with other files.
func (r *Repository) makeFolder() (*os.Root, error) {
	root, err := r.folder()
	if errors.Is(err, registry.ErrNotFound) {
		if err := os.MkdirAll(r.dir, 0o755); err != nil {
			return nil, err
		}
		root, err = r.folder()
	}
	if err != nil || exists(root, markerFile) {
		return root, err
	}
	if err := r.checkEmpty(root, nil); err != nil {
		return nil, err
	}
	f, err := root.OpenFile(markerFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return root, nil
	}
	if err != nil {
		return nil, r.fileError(markerFile, err)
	}
	return root, f.Close()
}

func exists(root *os.Root, name string) bool {
	_, err := root.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// lockFile returns the file to lock. It is oci-layout itself: every layout has it, and no writer replaces it. A
// separate lock file could not be removed without a race. On Windows it is a separate file, because a locked file
// cannot be read.
func lockFile() string {
	if runtime.GOOS == "windows" {
		return ".manifest-tool.lock"
	}
	return markerFile
}

// takeLock waits for other writers and locks the layout.
func (r *Repository) takeLock(ctx context.Context, root *os.Root) (*flock.Flock, error) {
	name := lockFile()
	if info, err := root.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, registry.Errorf(registry.ErrUnverified, "%s is %s, not a regular file", r.path(name), kind(info))
	}
	bounded, cancel := context.WithTimeout(ctx, r.lockWait)
	defer cancel()
	lock := flock.New(r.path(name), flock.SetPermissions(0o644))
	_, err := lock.TryLockContext(bounded, 50*time.Millisecond)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, registry.Errorf(registry.ErrUnavailable, "another process holds the lock of %s: %w", r.dir, ctx.Err())
	case errors.Is(err, context.DeadlineExceeded):
		return nil, registry.Errorf(registry.ErrUnavailable, "another process has held the lock of %s for more than %v: run the command again when that process has ended", r.dir, r.lockWait)
	case err != nil:
		return nil, fmt.Errorf("cannot lock %w", r.fileError(name, err))
	}
	held, err := lock.Stat()
	if err == nil {
		var info fs.FileInfo
		if info, err = root.Lstat(name); err == nil && os.SameFile(info, held) {
			return lock, nil
		}
	}
	lock.Unlock()
	return nil, registry.Errorf(registry.ErrUnavailable, "another process replaced %s while this process held its lock", r.path(name))
}

// prepare completes a new layout, or one that a crash left unfinished, and removes temporary files. The caller holds
// the lock.
func (r *Repository) prepare(root *os.Root) error {
	raw, err := r.read(root, markerFile)
	if err != nil {
		return err
	}
	if unfinished(raw) {
		if err := r.writeMarker(root); err != nil {
			return err
		}
	} else if err := checkMarker(rooted{r, root}, raw); err != nil {
		return err
	}
	if err := r.removeTemporary(root); err != nil {
		return err
	}
	for _, dir := range []string{imagespec.ImageBlobsDir, blobsDir} {
		if err := root.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return r.fileError(dir, err)
		}
	}
	return r.checkFolder(root, blobsDir)
}

// writeMarker writes the oci-layout file in place, because a new file would not be the locked one.
func (r *Repository) writeMarker(root *os.Root) error {
	f, err := root.OpenFile(markerFile, os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return r.fileError(markerFile, err)
	}
	defer f.Close()
	if _, err := f.WriteString(marker); err != nil {
		return r.fileError(markerFile, err)
	}
	if err := f.Sync(); err != nil {
		return r.fileError(markerFile, err)
	}
	return r.syncFolder(root, ".")
}
