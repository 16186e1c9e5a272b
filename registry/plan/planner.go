package plan

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A planner puts together what all targets get.
type planner struct {
	spec    spec.Spec
	state   State
	options Options
	plan    Plan // what is the same for all targets
	notes   []string
	editing bool                // an index that is there: see mismatch
	given   []map[string]string // for each planned entry, the annotations of the spec's
	// assembled are the platforms of all images, also of those that are not wanted.
	assembled []v1.Platform
	listed    []v1.Hash // images of entries that stand for several
}

func (p *planner) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Errorf(format, args...).Error())
}

// doubt is a note, or an error for those who want to be strict.
func (p *planner) warnOrFail(format string, args ...any) error {
	if p.options.Strict {
		return registry.Errorf(registry.ErrUnverified, format, args...)
	}
	p.note(format, args...)
	return nil
}

func (p *planner) missing() error {
	var missing []error
	for i, found := range p.state.Entries {
		if found.Kept != nil {
			p.note("the image for %s stays, as --keep-missing asks: %v", Describe(p.spec.Entries[i].Platform), found.Kept)
		}
		if found.Missing != nil && p.options.Concerns(p.spec.Entries[i]) {
			missing = append(missing, found.Missing)
			p.plan.Skipped = append(p.plan.Skipped, p.spec.Entries[i].Source.String())
		}
	}
	switch {
	case missing == nil:
		return nil
	case !p.options.IgnoreMissing:
		return errors.Join(missing...)
	case len(missing) == len(p.spec.Entries):
		return registry.Errorf(registry.ErrNotFound, "none of the images exists, so there is nothing to push:\n%w", errors.Join(missing...))
	}
	for _, err := range missing {
		p.note("left out, as --ignore-missing asks: %v", err)
	}
	return nil
}

// absent tells of images that are only listed.
func (p *planner) absent(e spec.Entry, images []v1.Descriptor) error {
	var platforms []v1.Platform
	for _, d := range images {
		if platform := Known(d.Platform); p.wanted(platform) {
			platforms = append(platforms, platform)
		}
	}
	if len(platforms) == 0 {
		return nil
	}
	return p.warnOrFail("%s lists images for %s, but they are not in there: left out", e.Source, list(platforms))
}

// add puts an image into the index, its attestations behind it. It may be one of several that an entry stands for.
func (p *planner) add(e spec.Entry, image Node, several bool) error {
	platform, err := p.platform(e, image)
	if err != nil {
		return err
	}
	if p.assembled = append(p.assembled, platform); !p.wanted(platform) {
		return nil
	}
	if !p.isRepeated(e, image, platform, several) {
		p.append(e, image, platform, "")
	}
	if p.options.DropAttestations {
		return nil
	}
	for _, a := range image.Attestations {
		once := func(e Entry) bool {
			return e.Descriptor.Digest == a.Descriptor.Digest && e.Attests == image.Descriptor.Digest.String()
		}
		if !slices.ContainsFunc(p.plan.Entries, once) {
			p.append(e, a, platform, image.Descriptor.Digest.String())
		}
	}
	return nil
}

// again tells whether an image is in the index already, as builders list an index and what is in it. Two
// entries for one image each are no such list: somebody has named the same one twice, and another is missing.
func (p *planner) isRepeated(e spec.Entry, image Node, platform v1.Platform, several bool) bool {
	digest := image.Descriptor.Digest
	listed := several || slices.Contains(p.listed, digest)
	if several {
		p.listed = append(p.listed, digest)
	}
	return listed && e.Platform.OS == "" && e.Platform.Architecture == "" && slices.ContainsFunc(p.plan.Entries, func(planned Entry) bool {
		return planned.Descriptor.Digest == digest && spec.Equivalent(planned.Platform, platform)
	})
}

func (p *planner) append(e spec.Entry, image Node, platform v1.Platform, attests string) {
	p.plan.Entries = append(p.plan.Entries, Entry{
		Platform:    platform,
		Descriptor:  image.Descriptor,
		Source:      e.Source.String(),
		From:        image.Place,
		Attests:     attests,
		Attestation: attests != "",
		Blobs:       image.Blobs,
	})
	var given map[string]string
	if attests == "" {
		given = p.annotations(e, platform)
	}
	p.given = append(p.given, given)
}

// annotations are those that the user gives an image: its entry's, and those for its platform.
func (p *planner) annotations(e spec.Entry, platform v1.Platform) map[string]string {
	given := maps.Clone(e.Annotations)
	for _, a := range p.spec.ImageAnnotations {
		if spec.Matches(a.Platform, platform) {
			given = merge(given, map[string]string{a.Key: a.Value})
		}
	}
	return given
}

// unused refuses annotations for images that are not there.
func (p *planner) unused() error {
	for _, a := range p.spec.ImageAnnotations {
		fits := func(e Entry) bool { return !e.Attestation && spec.Matches(a.Platform, e.Platform) }
		if !slices.ContainsFunc(p.plan.Entries, fits) {
			return registry.Errorf(registry.ErrInvalid, "annotation %q: there is no image for %s", a.Key, Describe(a.Platform))
		}
	}
	return nil
}

// duplicates refuses two images for one platform: clients take the first, and the second is lost
// (image-spec, image-index.md, "manifests").
func (p *planner) duplicates() error {
	for i, a := range p.plan.Entries {
		for _, b := range p.plan.Entries[:i] {
			switch {
			case a.Attestation || b.Attestation:
			case a.Platform.Equals(b.Platform):
				return registry.Errorf(registry.ErrInvalid, "two images for %s: %s (%s) and %s (%s)", Describe(a.Platform),
					b.Source, b.Descriptor.Digest, a.Source, a.Descriptor.Digest)
			case spec.Equivalent(a.Platform, b.Platform):
				p.note("%s and %s are one platform, and clients take the first: %s and %s",
					Describe(b.Platform), Describe(a.Platform), b.Source, a.Source)
			case a.Descriptor.Digest == b.Descriptor.Digest:
				if err := p.warnOrFail("%s stands for %s and for %s (%s)", a.Source, Describe(b.Platform), Describe(a.Platform), a.Descriptor.Digest); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// mixed tells of what not every registry takes: Docker's images and those of OCI in one index.
func (p *planner) mixed(mediaType types.MediaType) {
	var docker, oci string
	if mediaType == types.DockerManifestList {
		docker = "the index"
	}
	for _, e := range p.plan.Entries {
		switch {
		case e.Attestation:
		case e.Descriptor.MediaType == types.DockerManifestSchema2:
			docker = e.Source
		case e.Descriptor.MediaType == types.OCIManifestSchema1:
			oci = e.Source
		}
	}
	if docker != "" && oci != "" {
		p.note("%s is Docker's and %s is OCI's: Quay refuses both in one index, and so does zot unless it is set up for Docker's; others take it", docker, oci)
	}
}

// resultType decides between the two formats: a Docker list where all that goes in is Docker's and
// nothing has annotations, which such a list cannot hold; otherwise an OCI index.
func (p *planner) resultType() types.MediaType {
	docker := len(p.spec.Annotations)+len(p.spec.ImageAnnotations) == 0
	for i, e := range p.plan.Entries {
		docker = docker && e.Descriptor.MediaType == types.DockerManifestSchema2 &&
			len(p.given[i]) == 0 && len(e.Descriptor.Annotations) == 0
	}
	if p.spec.Type == spec.Docker || p.spec.Type == spec.Auto && docker {
		return types.DockerManifestList
	}
	return types.OCIImageIndex
}
