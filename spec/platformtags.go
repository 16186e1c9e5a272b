package spec

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
	"github.com/manifest-tool/manifest-tool/spec/tagpattern"
)

// PlatformTags make the tags that the images of an index get beside it. The zero value makes none.
type PlatformTags struct {
	template string
	names    tagpattern.Names
}

// platformTags checks a template. Each tag of the index replaces TAG in it.
func (s Spec) platformTags(template string, names tagpattern.Names) (PlatformTags, error) {
	t := PlatformTags{template, names}
	untagged := func(t Target) bool { return len(t.Tags) == 0 }
	switch {
	case template == "":
		return PlatformTags{}, nil
	case !strings.Contains(template, "ARCH"):
		return t, fmt.Errorf("platform tags %q: add ARCH to the template, otherwise all images get the same tag", excerpt.Of(template))
	case strings.Contains(template, "TAG") && slices.ContainsFunc(s.Targets, untagged):
		return t, fmt.Errorf("platform tags %q: TAG in the template needs a tag, but the target has none", excerpt.Of(template))
	}
	if err := CheckTag(t.tag("1", v1.Platform{OS: "linux", Architecture: "arm", Variant: "v7", OSVersion: "1"})); err != nil {
		return t, fmt.Errorf("platform tags %q: %w", excerpt.Of(template), err)
	}
	return t, nil
}

// String is the template.
func (t PlatformTags) String() string { return t.template }

// IsZero reports that the template makes no tags.
func (t PlatformTags) IsZero() bool { return t.template == "" }

// tag is one tag. A variant or version that there is none of takes the hyphen before it along, at the end.
func (t PlatformTags) tag(tag string, p v1.Platform) string {
	return strings.TrimRight(t.names.Expand(t.template, p, "TAG", tag, "OSVERSION", p.OSVersion), "-_.")
}

// For gives the tags of the image for a platform beside an index with the given ones.
func (t PlatformTags) For(tags []string, p v1.Platform) []string {
	var all []string
	switch {
	case t.template == "":
		return nil
	case !strings.Contains(t.template, "TAG"):
		tags = []string{""} // one for all
	}
	for _, tag := range tags {
		all = append(all, t.tag(tag, p))
	}
	return all
}
