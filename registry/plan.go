package registry

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A Plan is everything that a push to one target will do. It is data: places and digests, and the bytes
// only of the index that we made ourselves.
type Plan struct {
	Target  spec.Place
	Index   Manifest
	Entries []Planned // what the index holds, in its order
	// Referrers are about the index and what it holds, and come beside it.
	Referrers []Referral
	Moves     []Move   // the tags of the index, in the order given, then those of its images
	Skipped   []string // references that do not exist and are left out
	Force     bool     // write also what the target is known to hold
	Changes   []Change // of an edit: what becomes of the index
	Split     bool     // the index is where it is: only its images get tags
	// Err says why nothing can be done at this target, where there are others.
	Err error
}

// Planned is one entry of the index.
type Planned struct {
	Platform v1.Platform // of an attestation: of the image that it is about
	Manifest v1.Descriptor
	Source   string // the reference of the spec that it comes from
	From     spec.Place
	// Attests is the digest of the image that this entry is an attestation for; one may not say it.
	Attestation bool
	Attests     string
	// Copy says that the target does not hold it yet.
	Copy  bool
	Blobs []v1.Descriptor // what has to be there before it
}

// isImage tells whether it is something that runs.
func (e Planned) isImage() bool { return !e.Attestation && !e.Manifest.MediaType.IsIndex() }

// PlanOptions are the choices that the user has beside the spec.
type PlanOptions struct {
	// IgnoreMissing leaves out sources that do not exist, as long as one is there.
	IgnoreMissing bool
	// Force writes everything, also what the target is known to hold.
	Force bool
	// Strict refuses what is otherwise only noted.
	Strict bool
	// AllowMismatch only notes, even so, that an image's config names another platform.
	AllowMismatch bool
	// Platforms are those of which images go into the index; none stands for all.
	Platforms []v1.Platform
	// DropAttestations leaves out what is about images.
	DropAttestations bool
	// Require are platforms without which there is no index.
	Require []v1.Platform
	// FailFast makes nothing of it where one of several targets cannot be read.
	FailFast bool
}

// PlanIndex decides what has to be written to make what the spec asks for: a plan for each target, all
// with the same index. The notes are what the user should know before, also beside an error.
func PlanIndex(s spec.Spec, state State, o PlanOptions) (plans []Plan, notes []string, err error) {
	p := planner{spec: s, state: state, options: o, plan: Plan{Force: o.Force}}
	if err := p.reachable(); err != nil {
		return nil, nil, err
	}
	if err := p.assemble(); err != nil {
		return nil, p.notes, err
	}
	plans, err = p.everywhere()
	return plans, p.notes, err
}

// gather finds the images that the entries stand for.
func (p *planner) gather() error {
	if err := p.missing(); err != nil {
		return err
	}
	for i, entry := range p.spec.Entries {
		if !p.options.concerns(entry) {
			p.assembled = append(p.assembled, entry.Platform)
			continue
		}
		if err := p.absent(entry, p.state.Entries[i].Absent); err != nil {
			return err
		}
		for _, image := range p.state.Entries[i].Images {
			if len(p.plan.Entries) > spec.MaxEntries {
				return Errorf(ErrInvalid, "more than the %d entries that one index may have", spec.MaxEntries)
			}
			if err := p.add(entry, image, len(p.state.Entries[i].Images) > 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// assemble puts together what the index holds.
func (p *planner) assemble() error {
	if err := p.gather(); err != nil {
		return err
	}
	if err := p.selected(); err != nil {
		return err
	}
	if err := p.duplicates(); err != nil {
		return err
	}
	if err := p.require(); err != nil {
		return err
	}
	if err := p.unused(); err != nil {
		return err
	}
	p.mixed(p.resultType())
	var err error
	p.plan.Index, err = p.index()
	return err
}

type planner struct {
	spec    spec.Spec
	state   State
	options PlanOptions
	plan    Plan // what is the same for all targets
	notes   []string
	editing bool
	given   []map[string]string // for each planned entry, the annotations of the spec's
	// assembled are the platforms of all images, also of those that are not wanted.
	assembled []v1.Platform
	listed    []v1.Hash // images of entries that stand for several
}

func (p *planner) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Errorf(format, args...).Error())
}

// doubt is a note, or an error for those who want to be strict.
func (p *planner) doubt(format string, args ...any) error {
	if p.options.Strict {
		return Errorf(ErrUnverified, format, args...)
	}
	p.note(format, args...)
	return nil
}

func (p *planner) missing() error {
	var missing []error
	for i, found := range p.state.Entries {
		if found.Kept != nil {
			p.note("the image for %s stays, as --keep-missing asks: %v", describe(p.spec.Entries[i].Platform), found.Kept)
		}
		if found.Missing != nil && p.options.concerns(p.spec.Entries[i]) {
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
		return Errorf(ErrNotFound, "none of the images exists, so there is nothing to push:\n%w", errors.Join(missing...))
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
		if platform := known(d.Platform); p.wanted(platform) {
			platforms = append(platforms, platform)
		}
	}
	if len(platforms) == 0 {
		return nil
	}
	return p.doubt("%s lists images for %s, but they are not in there: left out", e.Source, list(platforms))
}

// add puts an image into the index, its attestations behind it. It may be one of several that an entry stands for.
func (p *planner) add(e spec.Entry, image Image, several bool) error {
	platform, err := p.platform(e, image)
	if err != nil {
		return err
	}
	if p.assembled = append(p.assembled, platform); !p.wanted(platform) {
		return nil
	}
	if !p.again(e, image, platform, several) {
		p.append(e, image, platform, "")
	}
	if p.options.DropAttestations {
		return nil
	}
	for _, a := range image.Attestations {
		once := func(e Planned) bool {
			return e.Manifest.Digest == a.Descriptor.Digest && e.Attests == image.Descriptor.Digest.String()
		}
		if !slices.ContainsFunc(p.plan.Entries, once) {
			p.append(e, a, platform, image.Descriptor.Digest.String())
		}
	}
	return nil
}

// again tells whether an image is in the index already, as builders list an index and what is in it. Two
// entries for one image each are no such list: somebody has named the same one twice, and another is missing.
func (p *planner) again(e spec.Entry, image Image, platform v1.Platform, several bool) bool {
	digest := image.Descriptor.Digest
	listed := several || slices.Contains(p.listed, digest)
	if several {
		p.listed = append(p.listed, digest)
	}
	return listed && e.Platform.OS == "" && e.Platform.Architecture == "" && slices.ContainsFunc(p.plan.Entries, func(planned Planned) bool {
		return planned.Manifest.Digest == digest && spec.Equivalent(planned.Platform, platform)
	})
}

func (p *planner) append(e spec.Entry, image Image, platform v1.Platform, attests string) {
	p.plan.Entries = append(p.plan.Entries, Planned{
		Platform:    platform,
		Manifest:    image.Descriptor,
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
		fits := func(e Planned) bool { return !e.Attestation && spec.Matches(a.Platform, e.Platform) }
		if !slices.ContainsFunc(p.plan.Entries, fits) {
			return Errorf(ErrInvalid, "annotation %q: there is no image for %s", a.Key, describe(a.Platform))
		}
	}
	return nil
}

// platformOf is what the index will say about an image: what the entry says, what is missing from
// the source's index, then from the config.
func platformOf(e spec.Entry, image Image) v1.Platform {
	platform := e.Platform
	for _, source := range []v1.Platform{known(image.Descriptor.Platform), known(&image.Config)} {
		source = spec.Normalise(source)
		inherit(&platform, source)
	}
	return platform
}

// platform is platformOf, if it is a platform that an index can name.
func (p *planner) platform(e spec.Entry, image Image) (v1.Platform, error) {
	platform := platformOf(e, image)
	if platform.OS == "" || platform.Architecture == "" {
		return platform, Errorf(ErrInvalid, "%s (%s) does not say for which platform it is: give os and architecture",
			e.Source, image.Descriptor.Digest)
	}
	given := spec.CheckPlatform(e.Platform) // what the user lets pass
	if err := spec.CheckPlatform(platform); err != nil && given == nil {
		if err := p.doubt("%s says of itself: %w", e.Source, err); err != nil {
			return platform, err
		}
	}
	actual := known(&image.Config)
	actual.OSFeatures = nil // a config may name more than an index has to
	if !spec.Matches(actual, platform) && actual.OS != "" {
		return platform, p.mismatch("%s is listed for %s, but its config says %s", e.Source, describe(platform), describe(spec.Normalise(actual)))
	}
	return platform, nil
}

// mismatch is an image that is not what it is listed as. Specs have always been let through with that; who
// wants to be strict, and whoever edits, has to allow it.
func (p *planner) mismatch(format string, args ...any) error {
	switch {
	case p.options.AllowMismatch:
		p.note(format, args...)
		return nil
	case p.editing:
		return Errorf(ErrUnverified, format+" (--allow-platform-mismatch lets it pass)", args...)
	}
	return p.doubt(format, args...)
}

// inherit fills in what a platform leaves out. The variant of another architecture does not count.
func inherit(platform *v1.Platform, source v1.Platform) {
	fill(&platform.OS, source.OS)
	fill(&platform.Architecture, source.Architecture)
	if platform.Architecture == source.Architecture {
		fill(&platform.Variant, source.Variant)
	}
	if platform.OS == source.OS {
		fill(&platform.OSVersion, source.OSVersion)
		if len(platform.OSFeatures) == 0 {
			platform.OSFeatures = source.OSFeatures
		}
	}
}

func fill(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// duplicates refuses two images for one platform: clients take the first, and the second is lost
// (image-spec, image-index.md, "manifests").
func (p *planner) duplicates() error {
	for i, a := range p.plan.Entries {
		for _, b := range p.plan.Entries[:i] {
			switch {
			case a.Attestation || b.Attestation:
			case a.Platform.Equals(b.Platform):
				return Errorf(ErrInvalid, "two images for %s: %s (%s) and %s (%s)", describe(a.Platform),
					b.Source, b.Manifest.Digest, a.Source, a.Manifest.Digest)
			case spec.Equivalent(a.Platform, b.Platform):
				p.note("%s and %s are one platform, and clients take the first: %s and %s",
					describe(b.Platform), describe(a.Platform), b.Source, a.Source)
			case a.Manifest.Digest == b.Manifest.Digest:
				if err := p.doubt("%s stands for %s and for %s (%s)", a.Source, describe(b.Platform), describe(a.Platform), a.Manifest.Digest); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// describe is a platform with its features, for a message. What a source says of itself may hold
// anything, but not the end of a line.
func describe(p v1.Platform) string {
	s := p.String()
	if features := slices.Concat(p.OSFeatures, p.Features); len(features) > 0 {
		s += " (" + strings.Join(features, ", ") + ")"
	}
	if len(s) > maxShown {
		s = strings.ToValidUTF8(s[:maxShown], "") + "…"
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return strconv.Quote(s)
	}
	return s
}

// maxShown is how much of a platform is shown.
const maxShown = 200

// mixed tells of what not every registry takes: Docker's images and those of OCI in one index.
func (p *planner) mixed(mediaType types.MediaType) {
	var docker, oci string
	if mediaType == types.DockerManifestList {
		docker = "the index"
	}
	for _, e := range p.plan.Entries {
		switch {
		case e.Attestation:
		case e.Manifest.MediaType == types.DockerManifestSchema2:
			docker = e.Source
		case e.Manifest.MediaType == types.OCIManifestSchema1:
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
		docker = docker && e.Manifest.MediaType == types.DockerManifestSchema2 &&
			len(p.given[i]) == 0 && len(e.Manifest.Annotations) == 0
	}
	if p.spec.Type == spec.Docker || p.spec.Type == spec.Auto && docker {
		return types.DockerManifestList
	}
	return types.OCIImageIndex
}
