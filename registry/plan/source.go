package plan

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// recorded are the annotations that name the source of an entry, with --record-sources. A place on disk is not recorded:
// a path says nothing elsewhere. An image that is kept from the target has the source that it had.
func (p *planner) recorded(e spec.Entry, found ResolvedEntry) map[string]string {
	if !p.options.RecordSources || e.Source.Place.Kind != spec.Registry || found.Kept != nil || found.Digest == (v1.Hash{}) {
		return nil
	}
	name := spec.Reference{Place: e.Source.Place, Tag: e.Source.Tag}
	return map[string]string{index.SourceName: name.String(), index.SourceDigest: found.Digest.String()}
}

// CheckRecordable refuses --record-sources for an index that the user wants as a Docker list.
func CheckRecordable(t spec.Type, o Options) error {
	if o.RecordSources && t == spec.Docker {
		return registry.Errorf(registry.ErrInvalid, "--record-sources writes annotations, and a Docker list cannot hold annotations: use the type oci or auto")
	}
	return nil
}

// checkRecordable refuses to record the sources of images that are added to a Docker list.
func (p *planner) checkRecordable(x index.Index, added []candidate) error {
	for _, c := range added {
		if c.source != nil && x.MediaType == types.DockerManifestList {
			return registry.Errorf(registry.ErrInvalid, "--record-sources writes annotations, and the index is a Docker list, which cannot hold annotations: use --type oci to convert the list to an OCI index")
		}
	}
	return nil
}

// recordSources records the sources of images that are added, also of those that the index holds already.
func recordSources(x *index.Index, added []candidate) error {
	for _, c := range added {
		if err := x.AnnotateEntry(c.Descriptor.Digest, c.Platform, c.source); err != nil {
			return err
		}
	}
	return nil
}

// A RecordedSource is a source that an index names in the annotations of its entries. Its reference has the tag, and
// the digest that the tag held; a source without a tag was selected by its digest.
type RecordedSource struct {
	Source    spec.Reference
	Platforms []v1.Platform // of the entries from this source
}

// RecordedSources are the sources that an index names, each once, and the number of entries without a valid source.
// Attestations and companions have none.
func RecordedSources(entries []index.Entry) (sources []RecordedSource, without int) {
	places := map[spec.Reference]int{}
	for _, e := range entries {
		if e.IsAttached() {
			continue
		}
		ref, ok := recordedSource(e.Descriptor.Annotations)
		if !ok {
			without++
			continue
		}
		at, again := places[ref]
		if !again {
			at = len(sources)
			places[ref], sources = at, append(sources, RecordedSource{Source: ref})
		}
		if e.HasPlatform() {
			sources[at].Platforms = append(sources[at].Platforms, e.Platform)
		}
	}
	return sources, without
}

// recordedSource reads the annotations of an entry. An index from outside may name anything: only images on registries
// are sources.
func recordedSource(annotations map[string]string) (spec.Reference, bool) {
	ref, err := spec.ParseReference(annotations[index.SourceName])
	if err != nil || ref.Place.Kind != spec.Registry || ref.Digest != (v1.Hash{}) {
		return spec.Reference{}, false
	}
	digest, err := v1.NewHash(annotations[index.SourceDigest])
	if err != nil || digest.Algorithm != "sha256" {
		return spec.Reference{}, false
	}
	ref.Digest = digest
	return ref, true
}
