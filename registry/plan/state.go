package plan

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A State is what the world looks like to a spec: the images behind its entries, and what its
// targets hold already.
type State struct {
	Entries []ResolvedEntry // one for each entry of the spec
	Targets []TargetState   // one for each target of the spec
}

// Held is what a target holds.
type TargetState struct {
	Tags             map[string]v1.Hash   // a tag that is not there is absent
	Present          map[v1.Hash]bool     // which of the images it holds already
	Listed           map[ReferrerKey]bool // which of the referrers are listed there
	TargetHasExtra   map[string]bool      // cosign's tags that hold something there that they do not hold at the source
	TargetIsSuperset map[string]bool      // those that hold there all that they hold at the source
	// Err says why that could not be found out, where there are other targets.
	Err error
}

// A referral is a manifest that refers to another.
type ReferrerKey struct{ Subject, Referrer v1.Hash }

// Found is what stands behind one entry.
type ResolvedEntry struct {
	Digest v1.Hash // of what the reference stands for
	Nodes  []Node
	// Absent are images that the index in a docker archive lists, and that are not beside it.
	Absent []v1.Descriptor
	// Missing is set where the entry's reference does not exist.
	Missing error
	// Kept is set where it does not exist, and the images are those that the target has had.
	Kept error
}

// An Image is one image to put into an index.
type Node struct {
	Place spec.Place
	// Descriptor is how it was found, with platform and annotations where its index gave them.
	Descriptor   v1.Descriptor
	Config       v1.Platform     // what its config says
	Blobs        []v1.Descriptor // config and layers
	Attestations []Node          // what its index holds about it
}

// A Referrer is something about an image that is not below it: what names it as its subject, or what
// cosign keeps under a tag that is made of its digest.
type Referrer struct {
	Subject v1.Hash // what it is about
	Tag     string  // cosign's, if it is that
	Nodes   []Node  // it itself, behind all that is below it
}

func (r Referrer) Digest() v1.Hash { return r.Nodes[len(r.Nodes)-1].Descriptor.Digest }
