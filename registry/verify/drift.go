package verify

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Drift returns how a tag differs from what a plan would put there. The contents are those of the tag, if it exists.
func Drift(p plan.Plan, u plan.TagUpdate, held Contents) []Finding {
	if u.From == u.To {
		return nil
	}
	where := spec.Reference{Place: p.Target, Tag: u.Tag}
	d := drift{where: where}
	if u.From == (v1.Hash{}) {
		d.add(nil, "the tag %s does not exist: the spec would create the tag with %s", u.Tag, u.To)
		return d.findings
	}
	d.add(nil, "the tag %s holds %s: the spec would move the tag to %s", u.Tag, u.From, u.To)
	if u.IsForIndex() {
		j := &judge{Contents: held}
		d.compare(imagesOf(p), j.images(held.Manifests[held.Root], nil))
	}
	return d.findings
}

// MissingIndex is the drift of a spec without tags whose index does not exist.
func MissingIndex(p plan.Plan) Finding {
	where := spec.Reference{Place: p.Target, Digest: p.Index.Digest}
	return Finding{Rule: ruleOf("drift"), Where: where, What: fmt.Sprintf("the repository does not hold the index %s of the spec", p.Index.Digest)}
}

// imagesOf are the entries of the index that a plan would write.
func imagesOf(p plan.Plan) []index.Entry {
	var entries []index.Entry
	for _, e := range p.Entries {
		entries = append(entries, e.Entry)
	}
	return entries
}

type drift struct {
	where    spec.Reference
	findings []Finding
}

func (d *drift) add(platforms []v1.Platform, format string, args ...any) {
	d.findings = append(d.findings, Finding{ruleOf("drift"), d.where, platforms, fmt.Sprintf(format, args...)})
}

// compare names the platforms whose images differ.
func (d *drift) compare(want, have []index.Entry) {
	var platforms []v1.Platform
	for _, p := range slices.Concat(index.Platforms(want), index.Platforms(have)) {
		if !slices.ContainsFunc(platforms, func(o v1.Platform) bool { return index.SameGroup(o, p) }) {
			platforms = append(platforms, p)
		}
	}
	for _, p := range platforms {
		planned, held := digestsFor(want, p), digestsFor(have, p)
		text, only := index.PlatformText(p), []v1.Platform{p}
		switch {
		case slices.Equal(planned, held):
		case len(held) == 0:
			d.add(only, "the tag has no image for %s: the spec has %v", text, planned[0])
		case len(planned) == 0:
			d.add(only, "the tag has an image for %s, and the spec has none: %v", text, held[0])
		default:
			d.add(only, "the tag holds %v for %s: the spec has %v", held[0], text, planned[0])
		}
	}
}

func digestsFor(entries []index.Entry, p v1.Platform) []v1.Hash {
	var digests []v1.Hash
	for _, e := range entries {
		if e.InGroup() && index.SameGroup(e.Platform, p) {
			digests = append(digests, e.Descriptor.Digest)
		}
	}
	return digests
}
