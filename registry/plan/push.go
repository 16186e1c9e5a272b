package plan

import (
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Push decides what has to be written to make the index that a spec asks for: a plan for each target, all
// with the same index. The notes are for the user to read before the push, also beside an error.
func Push(s spec.Spec, state State, o Options) (plans []TargetPlan, notes []string, err error) {
	p := newPlanner(s, state, o)
	if err := p.reachable(); err != nil {
		return nil, nil, err
	}
	if err := p.buildIndex(); err != nil {
		return nil, p.notes, err
	}
	if err := p.addReferrers(); err != nil {
		return nil, p.notes, err
	}
	plans, err = p.plansForTargets()
	return plans, p.notes, err
}

// buildIndex makes the index of the images that the entries of the spec select.
func (p *planner) buildIndex() error {
	all, err := p.collect()
	if err != nil {
		return err
	}
	chosen, err := p.selectPlatforms(all)
	if err != nil {
		return err
	}
	if err := p.checkCandidates(chosen); err != nil {
		return err
	}
	p.setEntries(entriesOf(chosen))
	if err := p.require(); err != nil {
		return err
	}
	if err := p.annotateImages(chosen); err != nil {
		return err
	}
	mediaType := p.indexType(chosen)
	p.noteMixed(mediaType)
	p.plan.Index, err = p.writeIndex(mediaType, chosen)
	return err
}

// checkCandidates refuses images that must not be in one index.
func (p *planner) checkCandidates(chosen []candidate) error {
	entries := entriesOf(chosen)
	if err := p.duplicates(indexEntries(entries), func(i int) string { return entries[i].Source }); err != nil {
		return err
	}
	return p.checkRepeated(chosen)
}

// writeIndex writes the index.
func (p *planner) writeIndex(mediaType types.MediaType, chosen []candidate) (registry.Manifest, error) {
	x := index.New(mediaType)
	for _, c := range chosen {
		if mediaType == types.DockerManifestList && !c.HasPlatform() && !c.IsAttached() {
			return registry.Manifest{}, noPlatform(c)
		}
		dropped, err := x.Add(c.Entry.Entry, c.annotations)
		if err != nil {
			return registry.Manifest{}, err
		}
		p.noteDropped(c.Entry, mediaType, dropped)
	}
	annotations := p.indexAnnotations(mediaType)
	if err := x.Annotate(annotations); err != nil {
		return registry.Manifest{}, err
	}
	return x.Manifest()
}

// noPlatform is an entry that a Docker list cannot hold.
func noPlatform(c candidate) error {
	return registry.Errorf(registry.ErrInvalid, "%s (%s) has no platform, and a Docker list has a platform for each image: use --type oci", c.Source, c.Descriptor.Digest)
}

// noteDropped names the fields of a descriptor that the index has no place for.
func (p *planner) noteDropped(e Entry, mediaType types.MediaType, dropped []string) {
	what, way := "an OCI index", ""
	if mediaType == types.DockerManifestList {
		what, way = "a Docker list", ": use --type oci"
	}
	for _, field := range dropped {
		switch field {
		case "features":
			field += " " + strings.Join(e.Platform.Features, ", ") + " are"
		case "annotations", "urls":
			field += " are"
		default:
			field += " is"
		}
		p.note("%s: its %s dropped: %s has no field for that%s", e.Source, field, what, way)
	}
}

// indexType decides between the two formats: a Docker list where all images are Docker's and nothing has
// fields that such a list cannot hold, otherwise an OCI index.
func (p *planner) indexType(chosen []candidate) types.MediaType {
	docker := len(p.spec.Annotations)+len(p.spec.ImageAnnotations)+len(p.sourceAnnotations()) == 0
	for _, c := range chosen {
		docker = docker && c.IsImage() && c.Descriptor.MediaType == types.DockerManifestSchema2 && c.Descriptor.ArtifactType == "" &&
			len(c.annotations)+len(c.Descriptor.Annotations) == 0
	}
	if p.spec.Type == spec.Docker || p.spec.Type == spec.Auto && docker {
		return types.DockerManifestList
	}
	return types.OCIImageIndex
}

// indexAnnotations are the annotations of the index: those of the only source index, and those of the
// spec, which win.
func (p *planner) indexAnnotations(mediaType types.MediaType) map[string]string {
	inherited := p.sourceAnnotations()
	if mediaType == types.DockerManifestList && len(inherited) > 0 {
		p.note("the annotations of the source index are dropped: a Docker list cannot hold annotations")
		inherited = nil
	}
	if sources := p.annotatedSources(); len(sources) > 0 {
		p.note("the index annotations of %s are dropped, because the new index has several sources", strings.Join(sources, ", "))
	}
	annotations := maps.Clone(inherited)
	if annotations == nil {
		annotations = map[string]string{}
	}
	maps.Copy(annotations, p.spec.Annotations)
	return annotations
}

// sourceAnnotations are those of the source index, if all entries come from one index.
func (p *planner) sourceAnnotations() map[string]string {
	var digests []v1.Hash
	var annotations map[string]string
	for _, found := range p.state.Entries {
		if !slices.Contains(digests, found.Digest) && found.Nodes != nil {
			digests = append(digests, found.Digest)
			annotations = found.Annotations
		}
	}
	if len(digests) != 1 {
		return nil
	}
	return annotations
}

// annotatedSources are the source indexes whose annotations the new index does not take.
func (p *planner) annotatedSources() []string {
	var sources []string
	if p.sourceAnnotations() != nil {
		return nil
	}
	for i, found := range p.state.Entries {
		if source := p.spec.Entries[i].Source.String(); len(found.Annotations) > 0 && !slices.Contains(sources, source) {
			sources = append(sources, source)
		}
	}
	return sources
}

// Preview returns the plan for the index of a spec, without anything about its targets.
func Preview(s spec.Spec, state State, o Options) (p Plan, notes []string, err error) {
	planner := newPlanner(s, state, o)
	err = planner.buildIndex()
	return planner.plan, planner.notes, err
}
