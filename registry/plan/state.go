package plan

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A State is what package resolve has read for one run: the sources, and what the targets hold.
type State struct {
	Entries []ResolvedEntry // one for each entry of the spec
	// Tree is the image that is copied, edited or split.
	Tree *ImageTree
	// Unchanged describes the image that would be copied, if all tags hold it already. There is no Tree then.
	Unchanged *v1.Descriptor
	// Referrers are the referrers of all that was resolved, if they were asked for.
	Referrers []Referrer
	// GoneReferrers are listed as referrers, but do not exist.
	GoneReferrers []v1.Hash
	// HiddenReferrers are the places that may have more referrers, but do not show them.
	HiddenReferrers []HiddenReferrers
	Targets         []TargetState // one for each target of the spec
}

// A ResolvedEntry holds the images that one entry of a spec selects.
type ResolvedEntry struct {
	// Digest is that of the manifest that the source names.
	Digest v1.Hash
	// IsIndex reports whether that manifest is an index, and Annotations are those of the index.
	IsIndex     bool
	Annotations map[string]string
	// Nodes are the manifests that the entry takes from its source, in the order of the source.
	Nodes []Node
	// Flattened are the indexes within the source whose images the entry takes instead.
	Flattened []v1.Descriptor
	// Unavailable are images that the index of a docker archive lists, but that the archive does not hold.
	Unavailable []v1.Descriptor
	// Missing is set where the source does not exist.
	Missing error
	// Kept is set where the source does not exist, and the nodes are what the target holds.
	Kept error
}

// A Node is one manifest, and what planning has to know of it.
type Node struct {
	index.Entry
	Place spec.Place
	// Config is the platform that the image's config names, and ConfigType the media type of the config.
	// Both are empty where the config was not read.
	Config     v1.Platform
	ConfigType types.MediaType
	// BuiltByBuildKit reports whether the config names BuildKit.
	BuiltByBuildKit bool
	Blobs           []v1.Descriptor // the config and the layers
	// RefersTo is the subject that the manifest itself names; zero if it names none, or was not read.
	RefersTo v1.Hash
	// Children are the manifests that a nested index lists.
	Children []v1.Hash
	// LeftOut is set where the options leave the manifest out. It was not read, nor is anything about it.
	LeftOut bool
	// Missing is set where an index lists the manifest, but the manifest does not exist.
	Missing error
}

// An ImageTree is an image as it is somewhere: an index with all that is below it, or a single image.
type ImageTree struct {
	Reference spec.Reference
	Manifest  registry.Manifest
	// Descendants are all manifests below an index. The entries of a nested index come before it. The only
	// descendant of a single image is the image itself.
	Descendants []Node
}

// A Referrer is a manifest about an image, which no index lists: it names the image as its subject, or
// cosign stores it under a tag that is made of the image's digest. Subject is the image.
type Referrer struct {
	Node
	Tag         string // cosign's tag; empty for a manifest that names its subject
	Descendants []Node // what is below it
}

// HiddenReferrers are referrers that a place may have, but does not show.
type HiddenReferrers struct {
	Place spec.Place
	Err   error // the answer that shows it
}

// A ReferrerKey names a referrer and its subject.
type ReferrerKey struct{ Subject, Referrer v1.Hash }

// A TargetState is the content of a target.
type TargetState struct {
	Tags    map[string]v1.Hash     // a tag that does not exist is absent
	Held    map[v1.Hash]*HeldImage // what the tags hold, as far as it was read
	Present map[v1.Hash]bool       // the manifests that the target holds
	Listed  map[ReferrerKey]bool
	// TargetHasExtra names cosign's tags that hold signatures which the source does not hold, and
	// TargetIsSuperset those that hold all that the source holds.
	TargetHasExtra, TargetIsSuperset map[string]bool
	// Err says why the target could not be read, where there are other targets.
	Err error
}

// AllPresent returns the state in which the targets hold all manifests of the sources.
func (s State) AllPresent() State {
	present := map[v1.Hash]bool{}
	for _, e := range s.Entries {
		for _, n := range e.Nodes {
			present[n.Descriptor.Digest] = true
		}
	}
	s.Targets = slices.Clone(s.Targets)
	for i := range s.Targets {
		s.Targets[i].Present = present
	}
	return s
}

// NewTargetState is the state of an empty target.
func NewTargetState() TargetState {
	return TargetState{
		Tags: map[string]v1.Hash{}, Held: map[v1.Hash]*HeldImage{}, Present: map[v1.Hash]bool{}, Listed: map[ReferrerKey]bool{},
		TargetHasExtra: map[string]bool{}, TargetIsSuperset: map[string]bool{},
	}
}
