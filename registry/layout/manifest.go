package layout

import (
	"context"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// Describe is Manifest without the bytes.
func (r *Repository) Describe(ctx context.Context, ref registry.Ref) (v1.Descriptor, error) {
	m, err := r.Manifest(ctx, ref)
	return m.Descriptor(), err
}

// Manifest reads a manifest by digest or name, see [ReadManifest].
func (r *Repository) Manifest(ctx context.Context, ref registry.Ref) (registry.Manifest, error) {
	root, err := r.layout(ctx)
	if err != nil {
		return registry.Manifest{}, err
	}
	return ReadManifest(rooted{r, root}, ref)
}

// rooted are the files of an open folder.
type rooted struct {
	*Repository
	root *os.Root
}

func (f rooted) ReadFile(name string) ([]byte, error) { return f.read(f.root, name) }
func (f rooted) Path(name string) string              { return f.path(name) }

// KeptIndex returns the kept index and the info of index.json now. The info is never nil: nil would mean a file that
// never changes.
func (f rooted) KeptIndex() (*KeptIndex, fs.FileInfo) {
	info, err := f.root.Lstat(indexFile)
	if err != nil {
		info = absent{}
	}
	return &f.kept, info
}

// absent is the info of a missing file.
type absent struct{ fs.FileInfo }
