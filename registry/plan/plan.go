package plan

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Plan is everything that a push to one target will do. It is data: places and digests, and the bytes
// only of the index that we made ourselves.
type Plan struct {
	Target  spec.Place
	Index   registry.Manifest
	Entries []Entry // what the index holds, in its order
	// Referrers are about the index and what it holds, and come beside it.
	Referrers  []PlannedReferrer
	TagUpdates []TagUpdate // the tags of the index, in the order given, then those of its images
	Skipped    []string    // references that do not exist and are left out
	Force      bool        // write also what the target is known to hold
	Changes    []Change    // of an edit: what becomes of the index
	Split      bool        // the index is where it is: only its images get tags
	// Err says why nothing can be done at this target, where there are others.
	Err error
}

// Planned is one entry of the index.
type Entry struct {
	Platform   v1.Platform // of an attestation: of the image that it is about
	Descriptor v1.Descriptor
	Source     string // the reference of the spec that it comes from
	From       spec.Place
	// Attests is the digest of the image that this entry is an attestation for; one may not say it.
	Attestation bool
	Attests     string
	// Copy says that the target does not hold it yet.
	Copy  bool
	Blobs []v1.Descriptor // what has to be there before it
}

// isImage tells whether it is something that runs.
func (e Entry) isImage() bool { return !e.Attestation && !e.Descriptor.MediaType.IsIndex() }

// PlanOptions are the choices that the user has beside the spec.
type Options struct {
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
func Push(s spec.Spec, state State, o Options) (plans []Plan, notes []string, err error) {
	p := planner{spec: s, state: state, options: o, plan: Plan{Force: o.Force}}
	if err := p.reachable(); err != nil {
		return nil, nil, err
	}
	if err := p.buildIndex(); err != nil {
		return nil, p.notes, err
	}
	plans, err = p.plansForTargets()
	return plans, p.notes, err
}

// gather finds the images that the entries stand for.
func (p *planner) collectEntries() error {
	if err := p.missing(); err != nil {
		return err
	}
	for i, entry := range p.spec.Entries {
		if !p.options.Concerns(entry) {
			p.assembled = append(p.assembled, entry.Platform)
			continue
		}
		if err := p.absent(entry, p.state.Entries[i].Absent); err != nil {
			return err
		}
		for _, image := range p.state.Entries[i].Nodes {
			if len(p.plan.Entries) > spec.MaxEntries {
				return registry.Errorf(registry.ErrInvalid, "more than the %d entries that one index may have", spec.MaxEntries)
			}
			if err := p.add(entry, image, len(p.state.Entries[i].Nodes) > 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// assemble puts together what the index holds.
func (p *planner) buildIndex() error {
	if err := p.collectEntries(); err != nil {
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
