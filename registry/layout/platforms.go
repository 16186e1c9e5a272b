package layout

import (
	"encoding/json"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// maxDepth is the maximum depth of nested indexes.
const maxDepth = 4

// platforms returns the platforms of an entry: from its descriptor, else from the config of the image. An index has
// the platforms of its images.
func (e entry) platforms(files Files, m registry.Manifest) ([]v1.Platform, error) {
	if isKnown(e.platform) && m.MediaType.IsImage() {
		return []v1.Platform{*e.platform}, nil
	}
	left := spec.MaxEntries
	return platformsOf(files, m, maxDepth, &left)
}

// platformsOf reads the platforms of a manifest. left is the number of descriptors that may still be read.
func platformsOf(files Files, m registry.Manifest, depth int, left *int) ([]v1.Platform, error) {
	if !m.MediaType.IsIndex() {
		return platformOfConfig(files, m)
	}
	_, children, err := registry.References(m)
	if *left -= len(children); err != nil || depth == 0 || *left < 0 {
		return nil, errors.Join(err, tooMany(files, m, depth, *left))
	}
	var all []v1.Platform
	for _, d := range children {
		switch {
		case isKnown(d.Platform):
			all = append(all, *d.Platform)
		case d.Platform == nil: // that of an attestation is unknown/unknown
			child, err := manifestByDigest(files, d.Digest)
			if err != nil {
				return nil, err
			}
			inner, err := platformsOf(files, child, depth-1, left)
			if err != nil {
				return nil, err
			}
			all = append(all, inner...)
		}
	}
	return all, nil
}

func tooMany(files Files, m registry.Manifest, depth, left int) error {
	if depth > 0 && left >= 0 {
		return nil
	}
	return registry.Errorf(registry.ErrUnverified, "%s: %s: more than %d levels of nested indexes, or more than %d entries",
		files.Path(""), m.Digest, maxDepth, spec.MaxEntries)
}

// platformOfConfig reads the platform in the config of an image. An artifact has none.
func platformOfConfig(files Files, m registry.Manifest) ([]v1.Platform, error) {
	var image struct{ Config *v1.Descriptor }
	if json.Unmarshal(m.Bytes, &image) != nil || image.Config == nil || !image.Config.MediaType.IsConfig() {
		return nil, nil
	}
	raw, err := readBlob(files, image.Config.Digest)
	if err != nil {
		return nil, err
	}
	if err := CheckObject(raw); err != nil {
		return nil, registry.Errorf(registry.ErrUnverified, "%s: config %s: %w", files.Path(""), image.Config.Digest, err)
	}
	var platform v1.Platform
	if json.Unmarshal(raw, &platform) != nil || !isKnown(&platform) {
		return nil, nil
	}
	platform.Features = nil // not a field of a config (image-spec, "OCI Image Configuration")
	return []v1.Platform{platform}, nil
}

// isKnown reports whether a platform is known. BuildKit writes unknown/unknown for an attestation.
func isKnown(p *v1.Platform) bool {
	says := func(word string) bool { return word != "" && word != "unknown" }
	return p != nil && says(p.OS) && says(p.Architecture)
}
