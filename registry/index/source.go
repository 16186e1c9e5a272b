package index

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const sourcePrefix = "io.github.manifest-tool.source."

// The annotations of an entry that say where a push took the image from: the name of the source with its tag, and the
// digest that the tag held. The digest may be that of an index which lists the image. They describe the image, and
// distinguish no two images.
const (
	SourceName   = sourcePrefix + "name"
	SourceDigest = sourcePrefix + "digest"
)

// AnnotateEntry adds annotations to the descriptors of an image.
func (x *Index) AnnotateEntry(digest v1.Hash, platform v1.Platform, annotations map[string]string) error {
	if x.MediaType == types.DockerManifestList && len(annotations) > 0 {
		return errDockerAnnotations
	}
	for _, i := range x.withDigest(digest) {
		if e := x.Entries[i]; e.IsAttached() || !SameGroup(e.Platform, platform) {
			continue
		}
		if err := x.annotateAt(i, annotations); err != nil {
			return err
		}
	}
	return nil
}

// withDigest are the positions of the entries for a manifest.
func (x *Index) withDigest(digest v1.Hash) []int {
	var found []int
	for i, e := range x.Entries {
		if e.Descriptor.Digest == digest {
			found = append(found, i)
		}
	}
	return found
}
