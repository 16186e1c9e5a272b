package registrytest

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// holdsAll reports whether a repository holds what a manifest refers to. Real registries do not check
// sizes and the types of children; their clients fail on them later.
func (r *repository) holdsAll(m manifest) error {
	for _, d := range m.blobs {
		if err := r.holdsBlob(d); err != nil {
			return err
		}
	}
	for _, d := range m.children {
		if err := r.holdsManifest(d); err != nil {
			return err
		}
	}
	return nil
}

func (r *repository) holdsBlob(d v1.Descriptor) error {
	unknown := errManifestBlobUnknown.about(map[string]string{"digest": d.Digest.String()})
	blob, ok := r.blobs[d.Digest.String()]
	switch {
	case !ok:
		return unknown
	case int64(len(blob)) != d.Size:
		return unknown.because(fmt.Sprintf("the blob has %d bytes, its descriptor says %d", len(blob), d.Size))
	}
	return nil
}

func (r *repository) holdsManifest(d v1.Descriptor) error {
	about := map[string]string{"digest": d.Digest.String()}
	child, ok := r.manifests[d.Digest.String()]
	switch {
	case !ok:
		return errManifestBlobUnknown.about(about)
	case int64(len(child.raw)) != d.Size:
		return errManifestInvalid.about(about).
			because(fmt.Sprintf("the child has %d bytes, its descriptor says %d", len(child.raw), d.Size))
	case child.mediaType != d.MediaType:
		return errManifestInvalid.about(about).
			because(fmt.Sprintf("the child is a %s, its descriptor says %s", child.mediaType, d.MediaType))
	}
	return nil
}
