package spec

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxTargets is how many places one image may go to.
const maxTargets = 100

// addTarget adds a place that the spec goes to. What names a place that is there already adds its tag.
func (s *Spec) addTarget(target Reference) error {
	if target.Digest != (v1.Hash{}) {
		return fmt.Errorf("image %q: the target must have a tag, not a digest", target)
	}
	if target.Place.Kind == DockerArchive {
		return fmt.Errorf("image %q: manifest-tool cannot write docker archives: push to a registry, to oci-layout:DIR or to oci-archive:FILE", target)
	}
	same := func(t Target) bool { return t.Place == target.Place }
	i := slices.IndexFunc(s.Targets, same)
	if i < 0 {
		i = len(s.Targets)
		s.Targets = append(s.Targets, Target{Place: target.Place})
	}
	if target.Tag != "" {
		s.Targets[i].add(target.Tag)
	}
	if len(s.Targets) > maxTargets {
		return fmt.Errorf("more than %d targets, which is the limit", maxTargets)
	}
	return nil
}

func (t *Target) add(tag string) {
	if !slices.Contains(t.Tags, tag) {
		t.Tags = append(t.Tags, tag)
	}
}

// setTags adds tags to all targets, or removes all tags. The notes report tags that the user did not write, and
// tags that are not used.
func (s *Spec) setTags(tags []string, byDigest bool) (notes []string, err error) {
	for i := range s.Targets {
		t := &s.Targets[i]
		if n := len(t.Tags) + len(tags); n > MaxEntries {
			return nil, fmt.Errorf("%d tags; the limit of one spec is %d", n, MaxEntries)
		}
		for _, tag := range tags {
			t.add(tag)
		}
		switch {
		case byDigest && t.Place.Kind == OCIArchive:
			return nil, fmt.Errorf("image %q: an image in an archive needs a name: remove --by-digest", t.Place)
		case byDigest && len(t.Tags) > 0:
			notes = append(notes, fmt.Sprintf("not moving these tags (--by-digest): %s", strings.Join(t.Tags, ", ")))
			t.Tags = nil
		case !byDigest && len(t.Tags) == 0:
			notes = append(notes, fmt.Sprintf("no tag given: pushing to %s:latest (use --by-digest to push without a tag)", t.Place))
			t.Tags = []string{"latest"}
		}
	}
	return slices.Compact(notes), nil
}
