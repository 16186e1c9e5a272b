package verify

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec"
)

// Drift returns how tags that hold the same differ from what a plan would put there. The contents are those of the tags,
// if they exist.
func Drift(p plan.Plan, tags []plan.TagUpdate, held Contents) []Finding {
	d := drift{}
	for _, u := range tags {
		d.where = spec.Reference{Place: p.Target, Tag: u.Tag}
		switch u.From {
		case u.To:
		case v1.Hash{}:
			d.add(nil, "the tag %s does not exist: the spec makes %s", u.Tag, u.To)
		default:
			d.add(nil, "the tag %s differs from the spec: the tag holds %s, the spec makes %s", u.Tag, u.From, u.To)
		}
	}
	if first := tags[0]; first.IsForIndex() && first.From != first.To && first.From != (v1.Hash{}) {
		d.where = spec.Reference{Place: p.Target, Tag: first.Tag}
		j := &judge{Contents: held}
		root := held.Manifests[held.Root]
		have := j.known([]index.Entry{index.NewEntry(root.Descriptor)})
		if root.IsIndex() {
			have = j.images(root, map[v1.Hash]bool{})
		}
		d.compare(imagesOf(p), have)
	}
	return d.findings
}

// MissingIndex is the drift of a spec without tags whose index does not exist.
func MissingIndex(p plan.Plan) Finding {
	where := spec.Reference{Place: p.Target, Digest: p.Index.Digest}
	return Finding{Rule: ruleOf("drift"), Where: where, What: fmt.Sprintf("the repository does not hold the index of the spec: %s", p.Index.Digest)}
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
			d.add(only, "%s is missing: the spec has %v", text, planned[0])
		case len(planned) == 0:
			d.add(only, "%s is not in the spec: the tag holds %v", text, held[0])
		default:
			d.add(only, "%s differs from the spec: the tag holds %v, the spec has %v", text, held[0], planned[0])
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
