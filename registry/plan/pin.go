package plan

import (
	"errors"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/spec"
)

// Pin gives the spec with what was found: each source by its digest, with the tag that held it, and an
// entry with its platform for each image of an index. A source that does not exist is an error.
func Pin(s spec.Spec, state State) (spec.Spec, error) {
	var missing []error
	var entries []spec.Entry
	var images seenImages
	for i, e := range s.Entries {
		found := state.Entries[i]
		if found.Missing != nil {
			missing = append(missing, found.Missing)
			continue
		}
		if e.Source.Digest != (v1.Hash{}) {
			e.Source.Tag = "" // the digest was meant, whatever the tag holds
		}
		e.Source.Digest = found.Digest
		lines := pinned(e, found.Nodes)
		isWhole := len(lines) < len(found.Nodes) // one for several images, which the plan takes apart
		for k, image := range found.Nodes {
			again := images.isRepeated(image.Descriptor.Digest, len(found.Nodes) > 1)
			if k < len(lines) && (isWhole || !again) {
				entries = append(entries, lines[k])
			}
		}
	}
	s.Entries = entries
	return s, errors.Join(missing...)
}

// seenImages are those that entries stand for, and of them those of an index.
type seenImages struct{ all, listed []v1.Hash }

// again tells whether an image would be left out of the plan, as an index has brought it already.
func (s *seenImages) isRepeated(digest v1.Hash, several bool) bool {
	again := slices.Contains(s.all, digest) && (several || slices.Contains(s.listed, digest))
	if s.all = append(s.all, digest); several {
		s.listed = append(s.listed, digest)
	}
	return again
}

// pinned is an entry for each image, if that says the same as one for all of them.
func pinned(e spec.Entry, images []Node) []spec.Entry {
	if !e.Platform.Equals(v1.Platform{}) {
		return []spec.Entry{e}
	}
	have := make([]v1.Platform, len(images))
	for i, image := range images {
		if have[i] = Known(image.Descriptor.Platform); have[i].OS == "" && have[i].Architecture == "" {
			have[i] = Known(&image.Config)
		}
	}
	var entries []spec.Entry
	for _, platform := range have {
		platform = spec.Normalise(platform)
		platform.Features = nil
		fits := func(have v1.Platform) bool { return Matches(platform, have) }
		isOnly := len(have) == len(slices.DeleteFunc(slices.Clone(have), fits))+1
		if platform.OS == "" || platform.Architecture == "" || spec.CheckPlatform(platform) != nil || !isOnly {
			return []spec.Entry{e}
		}
		line := e
		line.Platform = platform
		entries = append(entries, line)
	}
	return entries
}
