package index

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// descriptorKeys is the order in which a descriptor is written: that of the image-spec's Go type.
// A change of it changes the digest of everything that users push.
var descriptorKeys = []string{"mediaType", "digest", "size", "urls", "annotations", "data", "platform", "artifactType"}

// dockerKeys are the fields that an entry of a Docker manifest list has.
var dockerKeys = []string{"mediaType", "digest", "size", "platform"}

// Add puts an entry into the index behind all others. The fields of the entry's descriptor are carried
// over; the platform and the annotations of the entry win. It returns the names of the fields that an
// index of this type cannot hold, and that are left out.
func (x *Index) Add(e Entry, annotations map[string]string) (dropped []string, err error) {
	e, dropped, err = x.written(e, annotations)
	x.Entries = append(x.Entries, e)
	return dropped, err
}

// written is an entry with its bytes in an index of this type.
func (x *Index) written(e Entry, annotations map[string]string) (Entry, []string, error) {
	o, err := descriptorObject(e.Descriptor, e.Raw)
	if err != nil {
		return e, nil, err
	}
	if e.Kind != Attestation {
		e.Descriptor.Annotations = merge(e.Descriptor.Annotations, annotations)
	}
	var dropped []string
	platform := e.Platform
	switch {
	case e.Kind == Attestation:
		platform = unknownPlatform
	case x.MediaType == types.OCIImageIndex && len(platform.Features) > 0:
		dropped, platform.Features = append(dropped, "features"), nil
	}
	values := map[string]any{"mediaType": e.Descriptor.MediaType, "digest": e.Descriptor.Digest, "size": e.Descriptor.Size}
	if len(e.Descriptor.Annotations) > 0 {
		values["annotations"] = e.Descriptor.Annotations
	}
	if e.Descriptor.ArtifactType != "" {
		values["artifactType"] = e.Descriptor.ArtifactType
	}
	switch {
	case e.Descriptor.Platform == nil && platform.Equals(v1.Platform{}):
		o.remove("platform")
	case !platform.Equals(v1.Platform{}) && !keepsPlatform(o, e, platform):
		values["platform"] = platform
		e.Descriptor.Platform = &platform
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if err := o.set(key, values[key]); err != nil {
			return e, nil, err
		}
	}
	keep := append(slices.Clone(descriptorKeys), o.keys...)
	if x.MediaType == types.DockerManifestList {
		keep = dockerKeys
		if e.Kind == Attestation { // which is nothing without its annotations
			keep = []string{"mediaType", "digest", "size", "annotations", "platform"}
		}
	}
	o, lost := o.only(keep)
	if e.Raw, err = o.compact(); x.MediaType == types.DockerManifestList && e.Kind == Attestation {
		lost = nil
	}
	return e, append(dropped, lost...), err
}

// keepsPlatform reports whether the platform of an entry stays as its source writes it, with fields that
// are unknown here. That of an artifact keeps its spelling too: podman looks for the disk images of its
// machines under x86_64 and aarch64 (containers/podman, pkg/machine/ocipull).
func keepsPlatform(o object, e Entry, platform v1.Platform) bool {
	raw, ok := o.values["platform"]
	var written v1.Platform
	if !ok || json.Unmarshal(raw, &written) != nil {
		return false
	}
	return written.Equals(platform) || e.Kind != Image && platforms.Normalise(written).Equals(platform)
}

// descriptorObject is a descriptor as its source has it.
func descriptorObject(d v1.Descriptor, raw json.RawMessage) (object, error) {
	if raw == nil {
		var err error
		if raw, err = registry.CompactJSON(d); err != nil {
			return object{}, err
		}
	}
	return parseObject(raw)
}

// only is the object with some keys alone, in the order given. It also returns the keys that are left out.
func (o object) only(keys []string) (object, []string) {
	kept := object{values: map[string]json.RawMessage{}}
	for _, key := range keys {
		if _, again := kept.values[key]; again {
			continue
		}
		if value, ok := o.values[key]; ok {
			kept.keys, kept.values[key] = append(kept.keys, key), value
		}
	}
	var lost []string
	for _, key := range o.keys {
		if _, ok := kept.values[key]; !ok {
			lost = append(lost, key)
		}
	}
	return kept, lost
}

// compact is the object without blanks, also within its values.
func (o object) compact() ([]byte, error) {
	var b bytes.Buffer
	err := json.Compact(&b, o.bytes())
	return b.Bytes(), err
}

func merge(a, b map[string]string) map[string]string {
	if len(a) == 0 {
		return b
	}
	a = maps.Clone(a)
	maps.Copy(a, b)
	return a
}

// newManifest is the manifest of an index, which registries have to take.
func newManifest(mediaType types.MediaType, raw []byte) (registry.Manifest, error) {
	if len(raw) > registry.MaxManifest {
		return registry.Manifest{}, registry.Errorf(registry.ErrInvalid, "the index has %d bytes, but registries accept at most %d MiB", len(raw), registry.MaxManifest>>20)
	}
	return registry.NewManifest(mediaType, raw), nil
}
