package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// Restate returns specs that may make an index again, the one that people can edit best first: an entry for each image
// by digest, an entry for each platform of the index, and one entry for the whole index. The only entry of the spec
// is the index that was found.
func Restate(whole spec.Spec, found ResolvedEntry) []spec.Spec {
	whole.Entries = slices.Clone(whole.Entries)
	whole.Entries[0].Source.Digest, whole.Entries[0].Source.Tag = found.Digest, ""
	all := []spec.Spec{whole}
	if platforms, err := Pin(whole, State{Entries: []ResolvedEntry{found}}); err == nil && len(platforms.Entries) > 1 {
		all = slices.Insert(all, 0, platforms)
	}
	if s, ok := restateByDigest(whole, found); ok {
		all = slices.Insert(all, 0, s)
	}
	return all
}

// restateByDigest names each image by its digest. What belongs to an image has no entry of its own in a spec.
func restateByDigest(whole spec.Spec, found ResolvedEntry) (spec.Spec, bool) {
	place := whole.Entries[0].Source.Place
	s := whole
	s.Annotations, s.Entries = found.Annotations, nil
	for _, node := range found.Nodes {
		if node.IsAttached() {
			return s, false
		}
		e := EntryOf(node)
		e.Source, e.Annotations = spec.Reference{Place: place, Digest: node.Descriptor.Digest}, node.Descriptor.Annotations
		s.Entries = append(s.Entries, e)
	}
	return s, len(s.Entries) > 0
}

// EntryOf is the entry of a spec that gives a single image the platform which it has in an index. It says only what the
// config does not say.
func EntryOf(node Node) spec.Entry {
	single := Node{Entry: index.Entry{Descriptor: node.Descriptor}, Config: node.Config}
	switch says := PlatformOf(spec.Entry{}, single); {
	case node.Platform.Equals(v1.Platform{}):
		return spec.Entry{NoPlatform: true}
	case says.Equals(node.Platform):
		return spec.Entry{}
	}
	e := spec.Entry{Platform: node.Platform}
	if config := node.Config; config.OS == node.Platform.OS {
		if config.OSFeatures != nil && node.Platform.OSFeatures == nil {
			e.Empty = append(e.Empty, "os.features")
		}
		if config.OSVersion != "" && node.Platform.OSVersion == "" {
			e.Empty = append(e.Empty, "os.version")
		}
	}
	return e
}

// A Holding is what a tag holds: an image, or the manifests that an index lists.
type Holding struct {
	Tag    string
	Digest v1.Hash
	Lists  []v1.Hash
}

// RestateByTags names the images of an index by tags, if each image has one: a tag that holds the image, or an index whose
// images are all part of the index that was found.
func RestateByTags(whole spec.Spec, found ResolvedEntry, holdings []Holding) (spec.Spec, bool) {
	s := whole
	s.Annotations, s.Entries = found.Annotations, nil
	inIndex, covered := map[v1.Hash]bool{}, map[v1.Hash]bool{}
	for _, node := range found.Nodes {
		inIndex[node.Descriptor.Digest] = true
	}
	for _, node := range found.Nodes {
		if node.IsAttached() || covered[node.Descriptor.Digest] {
			continue
		}
		h, ok := holdingOf(node.Descriptor.Digest, inIndex, holdings)
		if !ok || node.Descriptor.Digest != h.Digest && h.Lists == nil {
			return s, false
		}
		e := spec.Entry{}
		if h.Lists == nil {
			e = EntryOf(node)
			e.Annotations = node.Descriptor.Annotations
		}
		e.Source = spec.Reference{Place: whole.Entries[0].Source.Place, Tag: h.Tag, Digest: h.Digest}
		s.Entries = append(s.Entries, e)
		for _, digest := range append(h.Lists, h.Digest) {
			covered[digest] = true
		}
	}
	return s, len(s.Entries) > 0
}

// holdingOf finds the tag for an image of an index. A tag that holds the image alone comes first.
func holdingOf(image v1.Hash, inIndex map[v1.Hash]bool, holdings []Holding) (Holding, bool) {
	for _, h := range holdings {
		if h.Digest == image {
			return Holding{Tag: h.Tag, Digest: h.Digest}, true
		}
	}
	for _, h := range holdings {
		foreign := func(d v1.Hash) bool { return !inIndex[d] }
		if slices.Contains(h.Lists, image) && !slices.ContainsFunc(h.Lists, foreign) {
			return h, true
		}
	}
	return Holding{}, false
}

// Unpinned is a spec whose sources are named by their tags alone.
func Unpinned(s spec.Spec) spec.Spec {
	s.Entries = slices.Clone(s.Entries)
	for i := range s.Entries {
		s.Entries[i].Source = s.Entries[i].Source.Unpinned()
	}
	return s
}

// SayPlatform returns the platform that the entry of a tag has to say, because the image does not say it or says another
// platform. The tag names a platform by its words. It also returns what the image says, if that is another platform.
func SayPlatform(found ResolvedEntry, named v1.Platform) (say v1.Platform, contradiction *v1.Platform) {
	fits, images := 0, 0
	var other v1.Platform
	for _, node := range found.Nodes {
		if node.IsAttached() {
			continue
		}
		images++
		platform := PlatformOf(spec.Entry{}, node)
		if platform.OS != "" && platform.Architecture != "" && platforms.Matches(named, platform) {
			fits++
		} else {
			other = platform
		}
	}
	switch {
	case fits == images:
		return v1.Platform{}, nil
	case fits > 0: // the platform selects images of an index
		return named, nil
	case other.OS == "" || other.Architecture == "":
		return named, nil
	case images > 1:
		return v1.Platform{}, &other
	}
	return named, &other
}

// PlatformComments says for each entry of a spec which platforms its images have, where the entry does not say it.
func PlatformComments(s spec.Spec, state State) []string {
	comments := make([]string, len(s.Entries))
	for i, found := range state.Entries {
		e := s.Entries[i]
		if e.SaysPlatform() && !e.NoPlatform {
			continue
		}
		var words []string
		attached := map[index.Kind]int{}
		for _, node := range found.Nodes {
			platform := PlatformOf(e, node)
			switch {
			case node.IsAttached():
				attached[node.Kind]++
			case e.NoPlatform || platform.OS == "":
				words = append(words, "no platform")
			default:
				words = append(words, index.PlatformText(platform))
			}
		}
		for _, kind := range slices.Sorted(maps.Keys(attached)) {
			word := fmt.Sprintf("%d %s", attached[kind], kind)
			if attached[kind] > 1 {
				word += "s"
			}
			words = append(words, word)
		}
		comments[i] = strings.Join(words, ", ")
	}
	return comments
}
