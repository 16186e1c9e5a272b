package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// The files that identify an archive.
const (
	markerFile  = "oci-layout"
	indexFile   = "index.json"
	dockerFile  = "manifest.json"
	ancientFile = "repositories"
)

// wrongKind is the error for a file of another kind than the user named.
func (r *Repository) wrongKind(format string, args ...any) error {
	return registry.Errorf(registry.ErrInvalid, "%s is not %s: "+format, append([]any{r.path, kindNames[r.options.Kind]}, args...)...)
}

var kindNames = map[spec.Kind]string{spec.OCIArchive: "an OCI archive", spec.DockerArchive: "a docker archive"}

// identify determines the kind of the archive and compares it with the kind that the user named.
func (r *Repository) identify(ctx context.Context, t *table) error {
	isOCI, isDocker := t.has(indexFile), t.has(dockerFile)
	switch {
	case t.broken != nil && len(t.entries) == 0 && t.flaw == nil && !r.startsAsTar(ctx):
		return r.wrongKind("the file is not a tar (%w)", t.broken)
	case t.broken != nil:
		return registry.Errorf(registry.ErrUnverified, "%s is damaged or cut off %w", r.path, t.broken)
	case t.cut && !(isOCI && r.options.Kind == spec.OCIArchive) && !isDocker:
		return registry.Errorf(registry.ErrUnverified, "%s is cut off: the end mark of a tar is missing, and so are %s and %s", r.path, indexFile, dockerFile)
	case !isOCI && !isDocker:
		return r.isNoImage(t)
	case r.options.Kind == spec.OCIArchive && !isOCI:
		return r.wrongKind("the file is a docker archive, use docker-archive:%s", r.path)
	case r.options.Kind == spec.DockerArchive && !isDocker:
		return r.wrongKind("the file is an OCI archive, use oci-archive:%s", r.path)
	}
	err := t.flaw
	if err == nil {
		err = t.checkLinks(isDocker)
	}
	if err == nil && isOCI && !t.has(markerFile) {
		err = fmt.Errorf("the %s file is missing", markerFile)
	}
	if err != nil {
		return registry.Errorf(registry.ErrUnverified, "%s: %w", r.path, err)
	}
	return nil
}

// startsAsTar distinguishes a damaged tar from a file of another format.
func (r *Repository) startsAsTar(ctx context.Context) bool {
	const ustar = 257 // the offset of the magic in headers of POSIX and GNU
	content, err := r.content(ctx, entry{size: 512})
	if err != nil {
		return errors.Is(err, registry.ErrUnverified)
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(content, head)
	return errors.Is(err, registry.ErrUnverified) || bytes.HasPrefix(head[min(n, ustar):n], []byte("ustar"))
}

// isNoImage is the error for a tar without index.json and manifest.json.
func (r *Repository) isNoImage(t *table) error {
	for name := range t.entries {
		if dir, ok := strings.CutSuffix(name, "/"+markerFile); ok {
			return r.wrongKind("the OCI layout is in the folder %s, not at the root of the tar: create the tar with -C", quote(dir))
		}
	}
	switch {
	case len(t.entries) == 0 && t.flaw == nil:
		return r.wrongKind("the tar is empty")
	case t.flaw != nil && t.hasIn("blobs/"):
		return registry.Errorf(registry.ErrUnverified, "%s: %w", r.path, t.flaw)
	case t.has(markerFile) || t.hasIn("blobs/"):
		return registry.Errorf(registry.ErrUnverified, "%s has neither %s nor %s: is it cut off?", r.path, indexFile, dockerFile)
	case t.has(ancientFile):
		return r.wrongKind("%s is missing, as in archives of docker before 1.10: load the archive with a current docker and save it again", dockerFile)
	}
	return r.wrongKind("the tar holds a root file system, not an image (the first entry is %s), as buildx -o type=tar and docker export write: use buildx -o type=oci,dest=FILE, or docker save", quote(t.first))
}

// hasIn reports whether a folder has an entry.
func (t *table) hasIn(folder string) bool {
	for name := range t.entries {
		if strings.HasPrefix(name, folder) {
			return true
		}
	}
	return false
}
