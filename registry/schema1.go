package registry

import (
	"mime"
	"strings"
)

// ErrSchema1 is an image in the first schema of Docker's registries. Its digest is not that of the bytes that
// come, as these hold a signature, and its layers are listed in another way.
var ErrSchema1 = Errorf(ErrUnverified, "the image uses Docker's schema 1, which registries and clients no longer support: rebuild the image, or push it again with a current client")

// typeOfSchema1 reports whether a declared type is schema 1. Method schema1 looks at the content.
func typeOfSchema1(declared string) bool {
	parsed, _, _ := mime.ParseMediaType(declared)
	return strings.HasPrefix(parsed, "application/vnd.docker.distribution.manifest.v1+")
}

func (d Document) schema1() bool {
	return typeOfSchema1(string(d.MediaType)) || string(d.SchemaVersion) == "1" && d.FSLayers != nil && d.Config == nil && d.Layers == nil && d.Manifests == nil
}
