package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

// A bakeTarget is a target as docker buildx bake --print prints it.
type bakeTarget struct {
	Tags      []string `json:"tags"`
	Platforms []string `json:"platforms"`
	Inherits  []string `json:"inherits"`
	Matrix    any      `json:"matrix"`
}

// A Baked is a spec of targets of bake, with the platform of each entry.
type Baked struct {
	Spec
	Platforms []string
	Built     []string // the names of the targets of bake
}

// FromBake makes specs of what docker buildx bake --print prints, or of the file that bake --metadata-file writes. Targets
// whose tags differ only in words for a platform become one spec. The target, if there is one, is that of the only spec.
func FromBake(raw []byte, target string) (baked []Baked, notes []string, err error) {
	if text := bytes.TrimSpace(raw); !bytes.HasPrefix(text, []byte("{")) {
		return nil, nil, errors.New("the file is not JSON: docker buildx bake --print prints HCL and YAML files as JSON")
	}
	var file struct {
		Target map[string]json.RawMessage `json:"target"`
	}
	b := &baker{target: target}
	switch err := json.Unmarshal(raw, &file); {
	case err != nil:
		return nil, nil, errors.New("the file is not the JSON of docker buildx bake")
	case file.Target != nil && buildMetadataOf(file.Target) == "":
		b.definition(file.Target)
	default:
		b.metadata(raw)
	}
	if len(b.baked) == 0 {
		b.found.add(errors.New("the file has no target with a tag or a digest"))
	}
	for i := range b.baked {
		_, err := b.baked[i].setTags(nil, false)
		b.found.add(err, b.baked[i].checkSize())
	}
	return b.baked, b.notes, b.found.err()
}

// buildMetadataOf is the digest in the metadata of a target with the name "target".
func buildMetadataOf(fields map[string]json.RawMessage) (digest string) {
	_ = json.Unmarshal(fields["containerimage.digest"], &digest) // not a digest: no metadata
	return digest
}

// A baker collects specs.
type baker struct {
	target string
	baked  []Baked
	notes  []string
	found  faults
}

func (b *baker) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// definition reads the targets of bake --print.
func (b *baker) definition(targets map[string]json.RawMessage) {
	for _, name := range sortedKeys(targets) {
		var t bakeTarget
		err := json.Unmarshal(targets[name], &t)
		switch {
		case err != nil:
			b.found.add(fmt.Errorf("target %q: not what docker buildx bake --print prints", excerpt.Of(name)))
		case t.Inherits != nil || t.Matrix != nil:
			b.found.add(fmt.Errorf("target %q has inherits or matrix: give the output of docker buildx bake --print, which resolves both", excerpt.Of(name)))
		case len(t.Tags) == 0:
			b.note("target %q has no tags: skipped", excerpt.Of(name))
		default:
			b.built(name, t)
		}
	}
}

// built adds a target of bake --print.
func (b *baker) built(name string, t bakeTarget) {
	var tags []Reference
	for _, tag := range t.Tags {
		ref, err := ParseReference(tag)
		b.found.add(err)
		tags = append(tags, ref.WithDefaultTag())
	}
	var built []v1.Platform
	for _, word := range t.Platforms {
		p, err := platforms.Parse(word)
		p = platforms.Normalise(p)
		b.found.add(err, platforms.Check(p))
		if !slices.ContainsFunc(built, func(o v1.Platform) bool { return platforms.Exact(o, p) }) { // buildx builds it once
			built = append(built, p)
		}
	}
	if len(b.found) > 0 {
		return
	}
	if len(built) > 1 {
		b.note("target %q is for %d platforms: the spec is for builds of one platform each, which push tags such as %s", excerpt.Of(name), len(built), platformTag(tags[0], built[0]))
		for _, p := range built {
			b.add(name, tags, platformTag(tags[0], p), p)
		}
		return
	}
	var bases []Reference
	platform := v1.Platform{}
	for _, ref := range tags {
		base, p, ok := tagpattern.StripPlatform(ref.Tag)
		if !ok && b.target == "" {
			b.note("target %q is skipped: the tag %s does not name its platform (use --target to name the target of the spec)", excerpt.Of(name), ref)
			return
		}
		platform, ref.Tag = p, base
		bases = append(bases, ref)
	}
	if len(built) == 1 {
		platform = built[0]
	}
	b.add(name, bases, tags[0], platform)
}

// platformTag is the tag of the image for a platform beside a tag.
func platformTag(ref Reference, p v1.Platform) Reference {
	ref.Tag = tagpattern.Names(nil).Expand(ref.Tag+"-ARCHVARIANT", p)
	return ref
}

// metadata reads the file of --metadata-file.
func (b *baker) metadata(raw []byte) {
	var targets map[string]json.RawMessage
	_ = json.Unmarshal(raw, &targets) // an object, as FromBake has seen
	var whole buildMetadata
	if json.Unmarshal(raw, &whole) == nil && whole.digest() != "" {
		targets = map[string]json.RawMessage{"": raw} // of a build without bake
	}
	for _, name := range sortedKeys(targets) {
		var m buildMetadata
		if err := json.Unmarshal(targets[name], &m); err != nil || m.digest() == "" {
			continue
		}
		digest, err := parseDigest(m.digest())
		b.found.add(err)
		image, _, _ := strings.Cut(m.Names, ",")
		ref, err := ParseReference(image)
		switch {
		case m.Names == "":
			b.note("target %q has no image.name: skipped", excerpt.Of(name))
			continue
		case err != nil:
			b.found.add(err)
			continue
		}
		base, platform, ok := tagpattern.StripPlatform(ref.Tag)
		if ok {
			ref.Tag = base
		}
		if ref.Tag == "" && b.target == "" {
			b.note("target %q is skipped: its name %s has no tag (use --target to name the target of the spec)", excerpt.Of(name), ref)
			continue
		}
		b.add(name, []Reference{ref}, Reference{Place: ref.Place, Digest: digest}, platform)
	}
}

// add adds an image to the spec of some names.
func (b *baker) add(name string, names []Reference, source Reference, p v1.Platform) {
	if b.target != "" {
		ref, err := ParseReference(b.target)
		if err != nil {
			b.found.add(err)
			return
		}
		names = []Reference{ref.WithDefaultTag()}
	}
	at := slices.IndexFunc(b.baked, func(s Baked) bool { return slices.Contains(s.Names(), names[0]) })
	if at < 0 {
		at = len(b.baked)
		b.baked = append(b.baked, Baked{Spec: Spec{Type: Auto}})
	}
	s := &b.baked[at]
	for _, ref := range names {
		b.found.add(s.addTarget(ref))
	}
	if name != "" && !slices.Contains(s.Built, name) {
		s.Built = append(s.Built, name)
	}
	word := ""
	if p.OS != "" {
		word = p.String()
	}
	s.Entries, s.Platforms = append(s.Entries, Entry{Source: source}), append(s.Platforms, word)
}
