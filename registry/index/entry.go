package index

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

// A Kind is the kind of an entry of an index. See the package documentation.
type Kind string

// The kinds of entries.
const (
	Image       Kind = "image"
	Attestation Kind = "attestation"
	Companion   Kind = "companion"
	Artifact    Kind = "artifact"
	Nested      Kind = "index" // an index within the index
)

// An Entry is one descriptor of an index, and what is known about the manifest behind it.
type Entry struct {
	Kind       Kind
	Descriptor v1.Descriptor
	// Platform is the zero platform for an entry that has none.
	Platform v1.Platform
	// Subject is the digest of the image that an attestation or a companion belongs to.
	Subject v1.Hash `json:",omitzero"`
	// Raw is the descriptor as its index has it. It is nil for a manifest that no index lists.
	Raw json.RawMessage `json:",omitempty"`
	// Origin is what [Duplicates] compares. It is not part of the index.
	Origin Origin `json:"-"`
}

// An Origin is the source of an entry.
type Origin struct {
	// Source names the source. Images of one source are never duplicates.
	Source string
	// Config is the media type of the image's config; empty where it is not known.
	Config types.MediaType
}

// NewEntry is the entry for a single manifest, which no index lists.
func NewEntry(d v1.Descriptor) Entry { return classify([]v1.Descriptor{d})[0] }

// IsAttached reports whether the entry belongs to an image of the index.
func (e Entry) IsAttached() bool { return e.Kind == Attestation || e.Kind == Companion }

// HasPlatform reports whether the platform names an operating system and an architecture.
func (e Entry) HasPlatform() bool { return e.Platform.OS != "" && e.Platform.Architecture != "" }

// InGroup reports whether the entry belongs to the group of its platform.
func (e Entry) InGroup() bool { return (e.Kind == Image || e.Kind == Artifact) && e.HasPlatform() }

// ArtifactType is what kind of artifact an entry is, for people: the artifactType of its descriptor,
// else its media type.
func (e Entry) ArtifactType() string {
	if e.Descriptor.ArtifactType != "" {
		return e.Descriptor.ArtifactType
	}
	return string(e.Descriptor.MediaType)
}

// classify finds the kinds of all entries of one index, by their descriptors alone.
func classify(descriptors []v1.Descriptor) []Entry {
	entries := make([]Entry, len(descriptors))
	for i, d := range descriptors {
		e := Entry{Kind: Image, Descriptor: d, Platform: Known(d.Platform)}
		subject, isAttestation := attests(d)
		switch {
		case isAttestation:
			e.Kind, e.Subject, e.Platform = Attestation, subject, v1.Platform{}
		case d.MediaType.IsIndex():
			e.Kind = Nested
		case !d.MediaType.IsImage() || d.ArtifactType != "":
			e.Kind = Artifact
		}
		entries[i] = e
	}
	images := platformImages(entries)
	for i := range entries {
		e := &entries[i]
		if e.Kind == Artifact || e.Kind == Image && !e.HasPlatform() {
			if subject, ok := namedImage(*e, images); ok {
				e.Kind, e.Subject = Companion, subject
			}
		}
	}
	return entries
}

// platformImages are the digests of the images that have a platform, by their text.
func platformImages(entries []Entry) map[string]v1.Hash {
	images := make(map[string]v1.Hash, len(entries))
	for _, e := range entries {
		if e.Kind == Image && e.HasPlatform() {
			images[e.Descriptor.Digest.String()] = e.Descriptor.Digest
		}
	}
	return images
}

// namedImage finds the image of the index that an annotation of an entry names by its digest.
func namedImage(e Entry, images map[string]v1.Hash) (v1.Hash, bool) {
	for _, key := range slices.Sorted(maps.Keys(e.Descriptor.Annotations)) {
		if strings.HasPrefix(key, sourcePrefix) {
			continue // the source of the entry, and not what the entry belongs to
		}
		if digest, ok := images[e.Descriptor.Annotations[key]]; ok && digest != e.Descriptor.Digest {
			return digest, true
		}
	}
	return v1.Hash{}, false
}

// Attach makes a companion of an entry whose manifest names an image of the index as its subject.
func (e *Entry) Attach(subject v1.Hash, entries []Entry) {
	named := func(o Entry) bool { return o.Kind == Image && o.Descriptor.Digest == subject }
	if (e.Kind == Artifact || e.Kind == Image && !e.HasPlatform()) && slices.ContainsFunc(entries, named) {
		e.Kind, e.Subject = Companion, subject
	}
}

// Describe adds the facts of a manifest that its descriptor lacks: an artifactType, or the empty config, makes the
// entry an artifact.
func (e *Entry) Describe(doc registry.Document) {
	if e.IsAttached() {
		return
	}
	if e.Descriptor.ArtifactType == "" {
		e.Descriptor.ArtifactType = doc.ArtifactType
	}
	isEmpty := doc.Config != nil && doc.Config.MediaType == types.OCIEmptyJSON
	if e.Kind == Image && (e.Descriptor.ArtifactType != "" || isEmpty) {
		e.Kind = Artifact
	}
}
