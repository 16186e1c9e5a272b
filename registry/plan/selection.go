package plan

import (
	"cmp"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/spec"
)

// wanted tells whether an image for a platform is to be in the index.
func (p *planner) wanted(platform v1.Platform) bool {
	fits := func(want v1.Platform) bool { return spec.Matches(want, platform) }
	return len(p.options.Platforms) == 0 || slices.ContainsFunc(p.options.Platforms, fits)
}

// concerns tells whether an entry may stand for an image that is wanted. One that is for another
// platform need not exist.
func (o Options) Concerns(e spec.Entry) bool {
	mayFit := func(want v1.Platform) bool {
		have := e.Platform
		inherit(&have, want)
		return spec.Matches(want, have)
	}
	return len(o.Platforms) == 0 || slices.ContainsFunc(o.Platforms, mayFit)
}

// selected refuses a selection that nothing fits.
func (p *planner) selected() error {
	if lacking := unmatched(p.options.Platforms, p.assembled); len(lacking) > 0 {
		return registry.Errorf(registry.ErrNotFound, "--platforms: there is no image for %s; there are images for %s", list(lacking), list(p.assembled))
	}
	return nil
}

// require refuses an index that lacks a platform which it has to have.
func (p *planner) require() error {
	var there []v1.Platform
	for _, e := range p.plan.Entries {
		if !e.Attestation {
			there = append(there, e.Platform)
		}
	}
	if lacking := unmatched(p.options.Require, there); len(lacking) > 0 {
		return registry.Errorf(registry.ErrUnverified, "--require: there is no image for %s; the index would hold %s", list(lacking), list(there))
	}
	return nil
}

// unmatched are those of the wanted platforms that none fits.
func unmatched(wanted, there []v1.Platform) []v1.Platform {
	var lacking []v1.Platform
	for _, want := range wanted {
		fits := func(have v1.Platform) bool { return spec.Matches(want, have) }
		if !slices.ContainsFunc(there, fits) {
			lacking = append(lacking, want)
		}
	}
	return lacking
}

// list is platforms for a message.
func list(platforms []v1.Platform) string {
	words := make([]string, len(platforms))
	for i, p := range platforms {
		words[i] = Describe(p)
	}
	return cmp.Or(strings.Join(words, ", "), "none")
}
