package plan

import (
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// Pin gives the spec with what was found: each source by its digest, with the tag that held it, and an
// entry for each platform of an index. A source that does not exist is an error.
func Pin(s spec.Spec, state State) (spec.Spec, error) {
	var missing []error
	var entries []spec.Entry
	var seen seenImages
	for i, e := range s.Entries {
		found := state.Entries[i]
		if found.Missing != nil {
			missing = append(missing, found.Missing)
			continue
		}
		if e.Source.Digest != (v1.Hash{}) {
			e.Source.Tag = "" // the user selected the digest, whatever the tag holds
		}
		e.Source.Digest = found.Digest
		repeated := make([]bool, len(found.Nodes))
		for k, node := range found.Nodes {
			repeated[k] = seen.repeats(e, platformed(e, node), found.images() > 1)
		}
		entries = append(entries, pinned(e, found.Nodes, repeated)...)
	}
	s.Entries = entries
	return s, errors.Join(missing...)
}

// platformed is the index entry of a node with the platform that a push gives it.
func platformed(e spec.Entry, node Node) index.Entry {
	entry := node.Entry
	if !node.IsAttached() {
		entry.Platform = PlatformOf(e, node)
		entry.Platform.Features = nil
	}
	return entry
}

// pinned are an entry for each platform, if they say the same as one entry for all platforms, or else that
// one. A platform whose images were all brought before has no entry.
func pinned(e spec.Entry, nodes []Node, repeated []bool) []spec.Entry {
	if e.SaysPlatform() {
		return []spec.Entry{e}
	}
	all := make([]index.Entry, len(nodes))
	for i, node := range nodes {
		all[i] = platformed(e, node)
	}
	var lines []spec.Entry
	var done []v1.Platform
	for _, entry := range all {
		if entry.IsAttached() {
			continue
		}
		platform := entry.Platform
		if !entry.HasPlatform() || platforms.Check(platform) != nil {
			return []spec.Entry{e}
		}
		same := func(p v1.Platform) bool { return index.SameGroup(p, platform) }
		if slices.ContainsFunc(done, same) {
			continue
		}
		done = append(done, platform)
		group, err := index.Match(all, platform)
		if err != nil || len(platform.OSFeatures) > 0 && !isWholeGroup(all, group, platform) {
			return []spec.Entry{e}
		}
		if slices.ContainsFunc(group, func(i int) bool { return !repeated[i] }) {
			line := e
			line.Platform = platform
			lines = append(lines, line)
		}
	}
	return lines
}

// isWholeGroup reports whether a match holds all images of its platform.
func isWholeGroup(all []index.Entry, group []int, platform v1.Platform) bool {
	for i, e := range all {
		if e.InGroup() && index.SameGroup(e.Platform, platform) && !slices.Contains(group, i) {
			return false
		}
	}
	return true
}

// A TagDrift is a source whose tag holds something else than the digest beside the tag.
type TagDrift struct {
	Source spec.Reference
	Now    v1.Hash // zero if the tag does not exist
}
