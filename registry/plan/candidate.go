package plan

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A candidate is an entry that may go into the new index.
type candidate struct {
	Entry
	annotations map[string]string // of the spec, for the descriptor
	source      map[string]string // the annotations among them that record the source
	isSingle    bool              // the source is this image, and no index
	config      v1.Platform       // what the config says
	isDenied    bool              // the config names another os or architecture
}

func entriesOf(candidates []candidate) []Entry {
	entries := make([]Entry, len(candidates))
	for i, c := range candidates {
		entries[i] = c.Entry
	}
	return entries
}

// collect finds all images that the entries of the spec select.
func (p *planner) collect() ([]candidate, error) {
	if err := p.missing(); err != nil {
		return nil, err
	}
	var all []candidate
	var seen seenImages
	for i, entry := range p.spec.Entries {
		found := p.state.Entries[i]
		if err := p.noteUnavailable(entry, found.Unavailable); err != nil {
			return nil, err
		}
		p.noteFlattened(entry, found.Flattened)
		images := found.images()
		if images == 0 && found.Missing == nil && p.options.Concerns(entry) {
			return nil, registry.Errorf(registry.ErrNotFound, "%s contains no image", entry.Source)
		}
		for _, node := range found.Nodes {
			switch {
			case node.Missing != nil || p.options.DropAttestations && node.Kind == index.Attestation:
				continue
			case len(all) >= spec.MaxEntries:
				return nil, registry.Errorf(registry.ErrInvalid, "the index would have more than %d entries, which is the limit", spec.MaxEntries)
			}
			c, err := p.candidate(entry, p.recorded(entry, found), node)
			if err != nil {
				return nil, err
			}
			c.Origin.Source, c.isSingle = strconv.Itoa(i), !found.IsIndex
			if !seen.repeats(entry, c.Entry.Entry, images > 1) {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

// noteFlattened names the indexes within a source that lose annotations, because their images are listed instead.
func (p *planner) noteFlattened(e spec.Entry, indexes []v1.Descriptor) {
	for _, d := range indexes {
		if len(d.Annotations) > 0 {
			p.note("%s: the nested index %s is replaced by its images, and its annotations are dropped", e.Source, d.Digest)
		}
	}
}

// images counts the manifests of an entry that belong to no other.
func (e ResolvedEntry) images() int {
	n := 0
	for _, node := range e.Nodes {
		if !node.IsAttached() {
			n++
		}
	}
	return n
}

// candidate returns the candidate of a node under an entry of the spec. The annotations of its source may be recorded.
func (p *planner) candidate(e spec.Entry, source map[string]string, node Node) (candidate, error) {
	c := candidate{Entry: entryOf(node, e.Source.String())}
	c.Origin.Config = node.ConfigType
	if node.IsAttached() {
		return c, nil
	}
	c.source, c.annotations = source, maps.Clone(e.Annotations)
	if source != nil {
		c.annotations = maps.Clone(source)
		maps.Copy(c.annotations, e.Annotations)
	}
	if e.NoPlatform {
		c.withoutPlatform(node.ConfigType)
		return c, nil
	}
	c.Platform = PlatformOf(e, node)
	switch {
	case c.HasPlatform():
		c.config, c.isDenied = node.Config, denies(node.Config, c.Platform)
		return c, p.checkPlatform(e, node, c.Platform)
	case node.Raw == nil || e.Platform.OS != "" || e.Platform.Architecture != "":
		return c, registry.Errorf(registry.ErrInvalid, "%s (%s) does not name its platform: set os and architecture in the entry, or platform: none",
			e.Source, node.Descriptor.Digest)
	}
	c.Platform = v1.Platform{}
	if len(p.options.Platforms) == 0 {
		p.note("%s: %s (%s) has no platform and is kept as it is", e.Source, c.Descriptor.Digest, c.ArtifactType())
	}
	c.Kind = index.Artifact
	return c, nil
}

// withoutPlatform makes an artifact of an image. The artifactType of a descriptor is that of the manifest, else
// the media type of a config that is no image config (image-spec, descriptor.md).
func (c *candidate) withoutPlatform(config types.MediaType) {
	c.Kind, c.Platform, c.Descriptor.Platform = index.Artifact, v1.Platform{}, nil
	switch config {
	case "", types.OCIConfigJSON, types.DockerConfigJSON, emptyConfig:
		return
	}
	if c.Descriptor.ArtifactType == "" {
		c.Descriptor.ArtifactType = string(config)
	}
}

// emptyConfig is the media type of the empty config (image-spec, manifest.md).
const emptyConfig = "application/vnd.oci.empty.v1+json"

// missing handles sources, and images of source indexes, that do not exist.
func (p *planner) missing() error {
	var missing []error
	available := 0
	skip := func(err error, source string) {
		if !slices.ContainsFunc(missing, func(other error) bool { return other.Error() == err.Error() }) {
			missing = append(missing, err)
		}
		p.plan.Skipped = append(p.plan.Skipped, source)
	}
	for i, found := range p.state.Entries {
		entry := p.spec.Entries[i]
		if found.Kept != nil {
			p.note("keeping the current image for %s (--keep-missing): %v", index.PlatformText(entry.Platform), found.Kept)
		}
		if found.Missing != nil {
			if p.options.Concerns(entry) {
				skip(found.Missing, entry.Source.String())
			}
			continue
		}
		gone := 0
		for _, node := range found.Nodes {
			if node.Missing != nil {
				gone++
				skip(node.Missing, sourceOf(node))
			}
		}
		if gone == 0 || gone < len(found.Nodes) {
			available++
		}
	}
	if missing != nil && p.spec.LacksPlaceholder() {
		p.note("the template %s contains none of the words OS, ARCH and VARIANT in capital letters, and names the same image for each platform", p.spec.Template)
	}
	switch {
	case missing == nil:
		return nil
	case !p.options.IgnoreMissing:
		return errors.Join(missing...)
	case available == 0:
		return registry.Errorf(registry.ErrNotFound, "nothing to push, because none of the images exists:\n%w", errors.Join(missing...))
	}
	for _, err := range missing {
		p.note("skipped (--ignore-missing): %v", err)
	}
	return nil
}

// noteUnavailable names the images that a docker archive lists, but does not hold.
func (p *planner) noteUnavailable(e spec.Entry, images []v1.Descriptor) error {
	var platforms []v1.Platform
	for _, d := range images {
		if platform := index.Known(d.Platform); p.options.Concerns(spec.Entry{Platform: platform}) {
			platforms = append(platforms, platform)
		}
	}
	if len(platforms) == 0 {
		return nil
	}
	return p.warnOrFail("%s lists images for %s, but the archive does not contain them: skipped", e.Source, index.PlatformList(platforms))
}

// selectPlatforms leaves the candidates that --platforms asks for.
func (p *planner) selectPlatforms(all []candidate) ([]candidate, error) {
	if len(p.options.Platforms) == 0 {
		return all, nil
	}
	entries := indexEntries(entriesOf(all))
	selected, lacking := index.Select(entries, p.options.Platforms)
	if len(lacking) > 0 {
		there := index.Platforms(entries)
		for _, e := range p.spec.Entries {
			if !p.options.Concerns(e) {
				there = append(there, e.Platform)
			}
		}
		return nil, noneForPlatforms(lacking, there)
	}
	var chosen []candidate
	for i, c := range all {
		if selected[i] {
			chosen = append(chosen, c)
		}
	}
	return chosen, nil
}

func noneForPlatforms(lacking, there []v1.Platform) error {
	return registry.Errorf(registry.ErrNotFound, "--platforms: no image for %s; the available platforms are %s",
		index.PlatformList(lacking), index.PlatformList(there))
}

// annotateImages gives the images that a platform selects the annotations for the platform.
func (p *planner) annotateImages(chosen []candidate) error {
	entries := indexEntries(entriesOf(chosen))
	for _, a := range p.spec.ImageAnnotations {
		selected, lacking := index.Select(entries, []v1.Platform{a.Platform})
		if len(lacking) > 0 {
			return registry.Errorf(registry.ErrInvalid, "annotation %q: no image for %s", a.Key, index.PlatformText(a.Platform))
		}
		for i := range chosen {
			if c := &chosen[i]; selected[i] && !c.IsAttached() {
				c.annotations = maps.Clone(c.annotations)
				if c.annotations == nil {
					c.annotations = map[string]string{}
				}
				c.annotations[a.Key] = a.Value
			}
		}
	}
	return nil
}

// seenImages are the images of the entries so far.
type seenImages struct{ all, listed []index.Entry }

// repeats reports whether an image was added already, because builders list an index and its images. Two entries
// for one image each are not such a list: the user has named the same image twice, and another image is missing.
// The attestations of an image are added once.
func (s *seenImages) repeats(e spec.Entry, image index.Entry, several bool) bool {
	same := func(o index.Entry) bool {
		return o.Descriptor.Digest == image.Descriptor.Digest && (image.IsAttached() && o.Subject == image.Subject || !image.IsAttached() && index.SameGroup(o.Platform, image.Platform))
	}
	listed := several || slices.ContainsFunc(s.listed, same)
	if several {
		s.listed = append(s.listed, image)
	}
	repeats := (image.IsAttached() || listed && !e.SaysPlatform()) && slices.ContainsFunc(s.all, same)
	s.all = append(s.all, image)
	return repeats
}
