package index

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// Annotate adds annotations to the index.
func (x *Index) Annotate(annotations map[string]string) error {
	if x.MediaType == types.DockerManifestList && len(annotations) > 0 {
		return errDockerAnnotations
	}
	changed, err := x.fields.annotate(annotations)
	if changed {
		x.changed("annotated", v1.Platform{}, v1.Hash{}, v1.Hash{})
	}
	return err
}

// AnnotateImages adds an annotation to the descriptors of all images that a platform selects.
func (x *Index) AnnotateImages(platform v1.Platform, key, value string) error {
	if x.MediaType == types.DockerManifestList {
		return errDockerAnnotations
	}
	selected, lacking := Select(x.Entries, []v1.Platform{platform})
	if len(lacking) > 0 {
		return registry.Errorf(registry.ErrInvalid, "annotation %q: no image for %s", key, PlatformText(platform))
	}
	for i := range x.Entries {
		if !selected[i] || x.Entries[i].IsAttached() {
			continue
		}
		if err := x.annotateAt(i, map[string]string{key: value}); err != nil {
			return err
		}
	}
	return nil
}

// annotateAt adds annotations to the descriptor of an entry.
func (x *Index) annotateAt(i int, annotations map[string]string) error {
	e := &x.Entries[i]
	o, err := parseObject(e.Raw)
	if err != nil {
		return err
	}
	changed, err := o.annotate(annotations)
	if err != nil {
		return err
	}
	if changed {
		x.changed("annotated", e.Platform, e.Descriptor.Digest, e.Descriptor.Digest)
		e.Raw, e.Descriptor.Annotations = o.bytes(), merge(e.Descriptor.Annotations, annotations)
	}
	return nil
}

var errDockerAnnotations = registry.Errorf(registry.ErrInvalid, "the index is a Docker list, which cannot hold annotations: use --type oci to convert the list to an OCI index")
