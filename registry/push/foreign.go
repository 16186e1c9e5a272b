package push

import (
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// A ForeignLayerError is the refusal of an image with a foreign layer (image-spec, "Non-distributable layers", and
// layers with urls). A registry reports such a layer as an unknown blob.
type ForeignLayerError struct {
	Layer v1.Hash
	Err   error
}

func (e *ForeignLayerError) Error() string {
	return fmt.Sprintf("%v (this registry does not accept foreign layers, such as %s)", e.Err, e.Layer)
}

// Unwrap returns the answer of the registry.
func (e *ForeignLayerError) Unwrap() error { return e.Err }

// refusedForeign recognises the refusal of a manifest for a foreign layer. To send the blobs again does not help.
func refusedForeign(m registry.Manifest, err error) error {
	doc, docErr := registry.ParseDocument(m)
	if docErr != nil {
		return nil
	}
	for _, layer := range doc.Layers {
		if kept := len(layer.URLs) > 0 || !layer.MediaType.IsDistributable(); kept && names(err, layer.Digest) {
			return &ForeignLayerError{Layer: layer.Digest, Err: err}
		}
	}
	return nil
}

// names reports whether the answer of a registry names a digest.
func names(err error, digest v1.Hash) bool {
	var answer interface{ Names(digest string) bool }
	return errors.As(err, &answer) && answer.Names(digest.String())
}
