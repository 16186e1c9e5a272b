package archive

import (
	"errors"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A blob is content of the archive that can be sent.
type blob struct {
	name     string
	entry    entry
	compress bool // while it is read
}

func (c blob) open(b builder) (io.Reader, error) {
	content, err := b.content(b.ctx, c.entry)
	if err != nil {
		return nil, b.files().damaged(c.name, err)
	}
	if c.compress {
		return newCompressor(content), nil
	}
	return content, nil
}

// blob returns the content of a blob. A blob of a saved image may be known only after the manifest is synthesized.
func (b builder) blob(digest v1.Hash) (io.Reader, error) {
	if content, ok := b.synthesized.blob(digest); ok {
		return content.open(b)
	}
	if b.table.has(indexFile) {
		content, err := b.stored(digest)
		if !errors.Is(err, registry.ErrNotFound) || b.options.Kind == spec.OCIArchive {
			return content, err
		}
	}
	images, err := b.unlistedImages()
	if err != nil {
		return nil, err
	}
	for _, image := range images {
		if _, err := b.synthesize(image, ""); err != nil {
			return nil, err
		}
	}
	if content, ok := b.synthesized.blob(digest); ok {
		return content.open(b)
	}
	return nil, b.lacks(digest)
}

func (b builder) lacks(digest v1.Hash) error {
	return registry.Errorf(registry.ErrNotFound, "%s does not hold %s", b.path, digest)
}

// stored opens a blob of the layout in the archive.
func (b builder) stored(digest v1.Hash) (io.Reader, error) {
	name, e, err := b.find(digest)
	if err != nil {
		return nil, err
	}
	return blob{name: name, entry: e}.open(b)
}

func (b builder) find(digest v1.Hash) (string, entry, error) {
	name, err := layout.BlobFile(digest)
	if err != nil {
		return "", entry{}, fmt.Errorf("%s: %w", b.path, err)
	}
	e, ok := b.table.entries[name]
	switch {
	case !ok:
		return "", entry{}, b.lacks(digest)
	case !b.table.has(name):
		return "", entry{}, b.bad(name, "not a regular file")
	}
	return name, e, nil
}
