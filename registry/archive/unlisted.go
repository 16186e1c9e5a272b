package archive

import (
	"path"
	"slices"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/layout"
	"github.com/manifest-tool/manifest-tool/spec"
)

// unlisted are the images of manifest.json that index.json does not list. Docker Engine before 25 writes no
// index.json. Later versions leave out images without a name: all of them ("manifests":null, docker save IMAGE-ID),
// or all but the first.
type unlisted struct {
	lock   sync.Mutex
	read   bool
	images []saved
	err    error
}

// unlistedImages returns the unlisted images. It reads them once; a context that ends leaves the work to the next
// call.
func (b builder) unlistedImages() ([]saved, error) {
	u := &b.Repository.unlisted
	u.lock.Lock()
	defer u.lock.Unlock()
	if u.read {
		return u.images, u.err
	}
	images, err := b.findUnlisted()
	if b.ctx.Err() != nil {
		return nil, b.ctx.Err()
	}
	u.read, u.images, u.err = true, images, err
	return images, err
}

func (b builder) findUnlisted() ([]saved, error) {
	all, err := b.list()
	if err != nil || !b.table.has(indexFile) {
		return all, err
	}
	listed, err := layout.ReadImages(b.files())
	if err != nil {
		return nil, err
	}
	var found *descendants
	return slices.DeleteFunc(all, func(image saved) bool {
		isNamed := len(image.RepoTags) > 0 && !slices.ContainsFunc(image.RepoTags, func(name string) bool { return !listed.Has(name) })
		if isNamed {
			return true
		}
		if found == nil {
			found = b.descendants(listed)
		}
		return found.blobs[b.configDigest(image)]
	}), nil
}

// configDigest returns the digest of a saved image's config, or zero if there is no config.
func (b builder) configDigest(image saved) v1.Hash {
	if name := digestName().FindStringSubmatch(path.Base(image.Config)); name != nil {
		return v1.Hash{Algorithm: "sha256", Hex: name[1]}
	}
	_, d, err := b.config(image)
	if err != nil {
		return v1.Hash{}
	}
	return d.Digest
}

// descendants are the blobs of all images in index.json. A manifest with an error is skipped: the read of its image
// reports the error.
type descendants struct {
	builder
	blobs map[v1.Hash]bool
	seen  map[v1.Hash]bool
}

func (b builder) descendants(listed layout.Images) *descendants {
	found := &descendants{b, map[v1.Hash]bool{}, map[v1.Hash]bool{}}
	for _, image := range listed.All() {
		if len(found.seen) == spec.MaxEntries {
			break
		}
		if m, err := image.Read(); err == nil {
			found.add(m)
		}
	}
	return found
}

func (d *descendants) add(m registry.Manifest) {
	if d.seen[m.Digest] || len(d.seen) == spec.MaxEntries {
		return
	}
	d.seen[m.Digest] = true
	blobs, children, err := registry.References(m)
	if err != nil {
		return
	}
	for _, blob := range blobs {
		d.blobs[blob.Digest] = true
	}
	for _, child := range children {
		if m, err := layout.ReadManifest(d.files(), registry.Ref{Digest: child.Digest}); err == nil {
			d.add(m)
		}
	}
}
