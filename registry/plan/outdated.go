package plan

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A SourceStatus says whether a source has changed since an index was made from the source.
type SourceStatus string

// The statuses of sources.
const (
	SourceCurrent SourceStatus = "current"
	SourcePinned  SourceStatus = "pinned" // the source is a digest, which does not change
	SourceMoved   SourceStatus = "moved"  // the tag holds another image
	SourceGone    SourceStatus = "gone"   // the tag does not exist
	SourceNew     SourceStatus = "new"    // the index has no image for the platform of the source
)

// A SourceCheck is the result for one source.
type SourceCheck struct {
	Source    spec.Reference // with its tag, or with the digest of a source without a tag
	Platforms []v1.Platform
	Was, Now  v1.Hash // zero if there is none
	Status    SourceStatus
}

// IsOutdated reports whether an index that is made now would differ.
func (c SourceCheck) IsOutdated() bool {
	return c.Status == SourceMoved || c.Status == SourceGone || c.Status == SourceNew
}

// A SubjectCheck is the result for one index, spec or draft.
type SubjectCheck struct {
	Name    string
	Digest  v1.Hash // of the index that the sources were compared with, if there is one
	Sources []SourceCheck
	Without int // entries whose source is not known
}

// Outdated counts the sources that are outdated.
func (c SubjectCheck) Outdated() int {
	n := 0
	for _, s := range c.Sources {
		if s.IsOutdated() {
			n++
		}
	}
	return n
}

// CheckTags compares the digests that the tags of sources held with those that they hold now.
func CheckTags(sources []RecordedSource, now map[spec.Reference]v1.Descriptor) []SourceCheck {
	var checks []SourceCheck
	for _, s := range sources {
		c := SourceCheck{Source: s.Source.Unpinned(), Platforms: s.Platforms, Was: s.Source.Digest, Status: SourcePinned}
		if !isPinned(s.Source) {
			d, exists := now[c.Source]
			c.compare(d.Digest, exists)
		}
		checks = append(checks, c)
	}
	return checks
}

// isPinned reports whether a source is selected by its digest alone.
func isPinned(r spec.Reference) bool { return r.Tag == "" && r.Digest != (v1.Hash{}) }

func (c *SourceCheck) compare(now v1.Hash, exists bool) {
	switch c.Now = now; {
	case !exists:
		c.Status = SourceGone
	case c.Now == c.Was:
		c.Status = SourceCurrent
	default:
		c.Status = SourceMoved
	}
}

// DraftSources are the sources of a draft, each once. Their references have the digests beside the tags.
func DraftSources(s spec.Spec) []RecordedSource {
	var sources []RecordedSource
	for _, member := range s.Members() {
		source := RecordedSource{Source: member}
		for _, e := range s.Entries {
			if e.Source == member && e.SaysPlatform() {
				source.Platforms = append(source.Platforms, e.Platform)
			}
		}
		sources = append(sources, source)
	}
	return sources
}

// Unsettled are the entries of a spec whose images have to be read: the target does not list what the tag or the digest
// names, and what they name may be an index.
func Unsettled(s spec.Spec, now map[spec.Reference]v1.Descriptor, held []index.Entry) []int {
	var entries []int
	for i, e := range s.Entries {
		d, exists := now[e.Source.Unpinned()]
		isMoved := e.Source.Digest != (v1.Hash{}) && d.Digest != e.Source.Digest
		if isPinned(e.Source) {
			d, exists, isMoved = v1.Descriptor{Digest: e.Source.Digest}, true, false
		}
		if exists && !isMoved && !lists(held, d.Digest) {
			entries = append(entries, i)
		}
	}
	return entries
}

func lists(entries []index.Entry, digest v1.Hash) bool {
	return slices.ContainsFunc(entries, func(e index.Entry) bool { return e.Descriptor.Digest == digest })
}

// CheckSpec compares the images that the sources of a spec select now with what the target holds. Found are the
// unsettled entries as they were read.
func CheckSpec(s spec.Spec, now map[spec.Reference]v1.Descriptor, held []index.Entry, found map[int]ResolvedEntry) []SourceCheck {
	var checks []SourceCheck
	for i, e := range s.Entries {
		c := SourceCheck{Source: e.Source.Unpinned(), Was: e.Source.Digest, Now: e.Source.Digest, Status: SourceCurrent}
		if e.SaysPlatform() {
			c.Platforms = []v1.Platform{e.Platform}
		}
		if !isPinned(e.Source) {
			d, exists := now[c.Source]
			if c.Was == (v1.Hash{}) {
				c.Was = d.Digest
			}
			c.compare(d.Digest, exists)
		}
		if read, ok := found[i]; ok && c.Status == SourceCurrent {
			c.compareImages(e, read, held)
		}
		checks = append(checks, c)
	}
	return checks
}

// compareImages looks for the images of a source in what the target holds. The first image that is not there decides.
func (c *SourceCheck) compareImages(e spec.Entry, read ResolvedEntry, held []index.Entry) {
	if read.Missing != nil {
		c.Status, c.Now = SourceGone, v1.Hash{}
		return
	}
	for _, node := range read.Nodes {
		if node.IsAttached() || node.Missing != nil || lists(held, node.Descriptor.Digest) {
			continue
		}
		platform := PlatformOf(e, node)
		if c.Status, c.Was, c.Now = SourceNew, (v1.Hash{}), node.Descriptor.Digest; len(c.Platforms) == 0 {
			c.Platforms = []v1.Platform{platform}
		}
		for _, h := range held {
			if h.InGroup() && index.SameGroup(h.Platform, platform) {
				c.Status, c.Was = SourceMoved, h.Descriptor.Digest
				return
			}
		}
		return
	}
}
