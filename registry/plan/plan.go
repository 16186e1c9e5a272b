package plan

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/attest"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Plan is everything that a run writes to one target. It is data: places, digests, and the bytes of
// the index that we made. It can be written as JSON and read back.
type Plan struct {
	Target  spec.Place
	Index   registry.Manifest
	Entries []Entry // the entries of the index, in its order; the entries of a nested index come before it
	// Referrers are about the index and its entries. They are stored beside the index.
	Referrers  []PlannedReferrer
	TagUpdates []TagUpdate
	Skipped    []string       // references that do not exist and are left out
	Force      bool           // also write content that the target is known to hold
	Changes    []index.Change // of an edit: the changes of the index
	Present    []string       // of an edit: what was to be added and is in the index already
	Split      bool           // the index stays as it is: only its images get tags
	// Unread describes an image that all tags hold already, so that nothing of it was read. Index then has no bytes.
	Unread *v1.Descriptor `json:",omitempty"`
}

// Descriptor describes the index or the image that the plan is about.
func (p Plan) Descriptor() v1.Descriptor {
	if p.Unread != nil {
		return *p.Unread
	}
	return p.Index.Descriptor()
}

// A TargetPlan is the plan for one of several targets, or the reason why nothing can be done there.
type TargetPlan struct {
	Plan
	Err error
}

// An Entry is one manifest that the target holds in the end.
type Entry struct {
	// Entry is the entry of the index. An attestation has the platform of its image.
	index.Entry
	Source string // the reference of the spec that it comes from
	From   spec.Place
	// Copy is set where the target does not hold the manifest yet.
	Copy  bool
	Blobs []v1.Descriptor // the blobs that the manifest needs
	// RefersTo is the subject that the manifest itself names, if it names one.
	RefersTo v1.Hash `json:",omitzero"`
}

// IsImage reports whether the entry is a container image for a platform.
func (e Entry) IsImage() bool { return e.Kind == index.Image && e.HasPlatform() }

// entryOf is the entry for a node.
func entryOf(n Node, source string) Entry {
	return Entry{Entry: n.Entry, Source: source, From: n.Place, Blobs: n.Blobs, RefersTo: n.RefersTo}
}

// forPlan is the entry without what planning alone needs: its bytes in an index, and where it comes from. A
// plan holds the bytes of its index once.
func (e Entry) forPlan() Entry {
	e.Raw, e.Origin = nil, index.Origin{}
	return e
}

// sourceOf is the reference of a node, by its digest.
func sourceOf(n Node) string {
	return spec.Reference{Place: n.Place, Digest: n.Descriptor.Digest}.String()
}

// Options are the choices of the user beside the spec.
type Options struct {
	// IgnoreMissing skips sources that do not exist, as long as one exists.
	IgnoreMissing bool
	// Force writes everything, even content that the target is known to hold.
	Force bool
	// Strict makes errors of warnings.
	Strict bool
	// AllowMismatch makes a warning of an image whose config names another platform.
	AllowMismatch bool
	// AllowSamePlatform allows several images for one platform.
	AllowSamePlatform bool
	// Platforms are those whose images go into the index. An empty list means all.
	Platforms []v1.Platform
	// DropAttestations leaves out attestations.
	DropAttestations bool
	// Require are platforms without which there is no index.
	Require []v1.Platform
	// FailFast writes nothing where one of several targets cannot be read.
	FailFast bool
	// RecordSources adds annotations to the entries that name the sources.
	RecordSources bool
	// Brief reads only the digests of the tags of the targets, for runs over many images: Docker Hub counts each GET of
	// a manifest as a pull. It reads no config of a single image either. The report then has no platforms that a tag
	// held before, and none of single images.
	Brief bool
	// TagsFirst reads nothing about the manifests of the sources at the targets. [resolve.Present] reads that later, if a
	// tag moves.
	TagsFirst bool
	// Known are the tags that targets have, of targets that could list them. A tag that is not among them is not read.
	Known map[spec.Place]map[string]bool
	// Source describes the image to copy, if that is known. Nothing of an image is read that all tags hold already.
	Source *v1.Descriptor
	// Attest attaches the provenance of the index: who assembled it from what. Nil attaches none.
	Attest *attest.Builder
}
