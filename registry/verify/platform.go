package verify

import (
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/registry/plan"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// platform judges the platform that an index gives an image.
func (j *judge) platform(e index.Entry, child Manifest) {
	known := j.known([]index.Entry{e})[0]
	if known.Kind != index.Image || child.Image == nil || child.Image.Err != nil { // a chart has a config of its own type
		return
	}
	digest, of := e.Descriptor.Digest, platformsOf(e, child)
	if !e.HasPlatform() {
		if index.Known(&child.Image.Platform).OS == "" { // an attestation that lost its annotations
			return
		}
		j.add("platform-missing", digest, of, "the index lists an image without a platform")
		return
	}
	if err := platforms.Check(platforms.Normalise(e.Platform)); err != nil {
		text, _, _ := strings.Cut(err.Error(), " (use --")
		j.add("platform-unknown", digest, of, "the index lists an image for %s: %s", index.PlatformText(e.Platform), text)
	}
	if plan.Contradicts(e.Platform, child.Image.Platform) {
		j.add("platform-mismatch", digest, of, "the index lists the image for %s, but its config says %s",
			index.PlatformText(e.Platform), index.PlatformText(platforms.Normalise(child.Image.Platform)))
	}
}

// platforms judges which platforms an index has.
func (j *judge) platforms(root Manifest, o Options) {
	j.required(j.images(root, map[v1.Hash]bool{}), o)
}

// images are the entries of an index and of the indexes below it, each index once.
func (j *judge) images(m Manifest, seen map[v1.Hash]bool) []index.Entry {
	var all []index.Entry
	for _, e := range j.known(m.Entries) {
		if e.Kind != index.Nested {
			all = append(all, e)
			continue
		}
		if digest := e.Descriptor.Digest; !seen[digest] {
			seen[digest] = true
			all = append(all, j.images(j.Manifests[digest], seen)...)
		}
	}
	return all
}

// required compares the platforms of the images with those that the user expects.
func (j *judge) required(entries []index.Entry, o Options) {
	for _, want := range index.Lacking(entries, slices.Concat(o.Require, o.Exact)) {
		j.add("required-platform-missing", v1.Hash{}, []v1.Platform{want}, "there is no image for %s; the platforms are %s",
			index.PlatformText(want), index.PlatformList(index.Platforms(entries)))
	}
	if len(o.Exact) == 0 {
		return
	}
	selected, _ := index.Select(entries, o.Exact)
	for i, e := range entries {
		if e.InGroup() && !selected[i] {
			j.add("unexpected-platform", e.Descriptor.Digest, []v1.Platform{e.Platform}, "the image has the platform %s, which --exact does not list", index.PlatformText(e.Platform))
		}
	}
}

// isDocker reports whether a media type is one of Docker's.
func isDocker(t types.MediaType) bool {
	return t == types.DockerManifestSchema2 || t == types.DockerManifestList
}
