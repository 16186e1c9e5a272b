package layout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	imagespec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// marker is the content of the oci-layout file (image-layout.md, "oci-layout file").
const marker = `{"imageLayoutVersion":"` + imagespec.ImageLayoutVersion + `"}`

// folder opens the folder if it exists.
func (r *Repository) folder() (*os.Root, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, fmt.Errorf("%s: %w", r.dir, fs.ErrClosed)
	}
	if r.root != nil {
		return r.root, nil
	}
	info, err := os.Stat(r.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, registry.Errorf(registry.ErrNotFound, "%s is not an OCI layout: no such folder (a path starts at the current folder)", r.dir)
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, registry.Errorf(registry.ErrInvalid, "%s is not an OCI layout: the path is %s, not a folder (use oci-archive:FILE or docker-archive:FILE for an archive)", r.dir, kind(info))
	}
	root, err := os.OpenRoot(r.dir)
	if err != nil {
		return nil, err
	}
	r.root = root
	return root, nil
}

// layout opens the folder for a read, after a check of its version.
func (r *Repository) layout(ctx context.Context) (*os.Root, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	root, err := r.folder()
	if err != nil {
		return nil, err
	}
	if r.isValid() {
		return root, nil
	}
	raw, err := r.read(root, markerFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, r.checkEmpty(root, registry.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	if unfinished(raw) {
		return nil, registry.Errorf(registry.ErrNotFound, "%s is not an OCI layout: its %s file is incomplete", r.dir, markerFile)
	}
	if err := checkMarker(rooted{r, root}, raw); err != nil {
		return nil, err
	}
	r.setValid()
	return root, nil
}

// checkEmpty handles a folder without the marker. It returns the given error for an empty folder, which is a layout
// that does not exist yet, and refuses any other folder.
func (r *Repository) checkEmpty(root *os.Root, empty error) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	switch {
	case err != nil:
		return r.fileError(".", err)
	case len(entries) > 0 && !exists(root, markerFile): // another process may have created it
		return registry.Errorf(registry.ErrInvalid, "%s is not an OCI layout (the %s file is missing), and the folder is not empty: use an empty folder; buildx writes a layout with -o type=oci,tar=false, and a root file system with type=local", r.dir, markerFile)
	case empty != nil:
		return registry.Errorf(empty, "%s is not an OCI layout: the %s file is missing", r.dir, markerFile)
	}
	return nil
}

func (r *Repository) isValid() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.valid
}

func (r *Repository) setValid() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.valid = true
}

// unfinished reports whether a writer was stopped before it wrote the whole marker, or writes it now.
func unfinished(raw []byte) bool {
	return len(raw) < len(marker) && strings.HasPrefix(marker, string(raw))
}

func checkMarker(files Files, raw []byte) error {
	document, err := parseObject(raw)
	if err != nil {
		return registry.Errorf(registry.ErrUnverified, "%s: %w", files.Path(markerFile), err)
	}
	version, err := document.text("imageLayoutVersion")
	if err != nil {
		return registry.Errorf(registry.ErrUnverified, "%s: %w", files.Path(markerFile), err)
	}
	if !strings.HasPrefix(version, "1.") {
		return registry.Errorf(registry.ErrUnverified, "%s: the layout has version %s, not 1.x", files.Path(markerFile), quote(version))
	}
	return nil
}
