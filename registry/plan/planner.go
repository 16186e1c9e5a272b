package plan

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A planner makes the part of the plan that is the same for all targets.
type planner struct {
	spec    spec.Spec
	state   State
	options Options
	plan    Plan
	notes   []string
	// editing is the index that is edited; the zero Reference if none is. Removed and placed are parts of the edit.
	editing spec.Reference
	removed []spec.Pick
	placed  []spec.Placed
}

// isEdit reports whether an existing index is edited.
func (p *planner) isEdit() bool { return p.editing != spec.Reference{} }

// isEdited reports whether a tag is the one that is edited.
func (p *planner) isEdited(target spec.Place, tag string) bool {
	return p.isEdit() && target == p.editing.Place && tag == p.editing.Tag
}

// holdsEdited reports whether a tag holds the index that is edited. The user asks for what such a tag loses.
func (p *planner) holdsEdited(target spec.Place, u TagUpdate) bool {
	return p.isEdit() && target == p.editing.Place && (u.Tag == p.editing.Tag || u.From == p.state.Tree.Manifest.Digest)
}

func newPlanner(s spec.Spec, state State, o Options) *planner {
	return &planner{spec: s, state: state, options: o, plan: Plan{Force: o.Force}}
}

// note is for the user to read before the push.
func (p *planner) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Errorf(format, args...).Error())
}

// warnOrFail is a note, or an error under --strict.
func (p *planner) warnOrFail(format string, args ...any) error {
	return p.warnOrRefuse("", format, args...)
}

// warnOrRefuse is warnOrFail with the reason of the error.
func (p *planner) warnOrRefuse(reason Reason, format string, args ...any) error {
	if p.options.Strict {
		return refuse(reason, format, args...)
	}
	p.note(format, args...)
	return nil
}

// setEntries makes the entries of the plan. An attestation gets the platform of its image.
func (p *planner) setEntries(entries []Entry) {
	p.plan.Entries = nil
	for _, e := range entries {
		if e.Kind == index.Attestation {
			e.Platform = platformOfSubject(entries, e.Subject)
		}
		p.plan.Entries = append(p.plan.Entries, e.forPlan())
	}
}

func platformOfSubject(entries []Entry, subject v1.Hash) v1.Platform {
	for _, e := range entries {
		if e.Descriptor.Digest == subject && e.Kind == index.Image {
			return e.Platform
		}
	}
	return v1.Platform{}
}

// require refuses an index without a platform that --require names.
func (p *planner) require() error {
	entries := indexEntries(p.plan.Entries)
	if lacking := index.Lacking(entries, p.options.Require); len(lacking) > 0 {
		images := slices.DeleteFunc(entries, func(e index.Entry) bool { return e.Kind != index.Image })
		return refuse(LacksRequired, "--require: no image for %s; the new index has %s",
			index.PlatformList(lacking), index.PlatformList(index.Platforms(images)))
	}
	return nil
}

func indexEntries(entries []Entry) []index.Entry {
	all := make([]index.Entry, len(entries))
	for i, e := range entries {
		all[i] = e.Entry
	}
	return all
}

// noteMixed warns of images of Docker's and of OCI's types in one index, which some registries refuse.
func (p *planner) noteMixed(mediaType types.MediaType) {
	var docker, oci string
	if mediaType == types.DockerManifestList {
		docker = "the index"
	}
	for _, e := range p.plan.Entries {
		switch {
		case e.Kind == index.Attestation:
		case e.Descriptor.MediaType == types.DockerManifestSchema2:
			docker = e.Source
		case e.Descriptor.MediaType == types.OCIManifestSchema1:
			oci = e.Source
		}
	}
	if docker != "" && oci != "" {
		p.note("%s has a Docker media type and %s has an OCI media type: Quay rejects an index with both, and so does zot in its default configuration; other registries accept it", docker, oci)
	}
}

// duplicates refuses two images for one platform: clients take the first, and the second is lost
// (image-spec, image-index.md, "manifests").
func (p *planner) duplicates(entries []index.Entry, sources func(i int) string) error {
	a, b, found := index.Duplicates(entries)
	if !found || p.options.AllowSamePlatform {
		return nil
	}
	return registry.Errorf(registry.ErrInvalid, "two images for %s: %s (%s) and %s (%s) (use --allow-same-platform to list both)",
		index.PlatformText(entries[b].Platform), sources(a), entries[a].Descriptor.Digest, sources(b), entries[b].Descriptor.Digest)
}
