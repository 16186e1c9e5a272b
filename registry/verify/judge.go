package verify

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
	"github.com/manifest-tool/manifest-tool/spec/platforms"
)

// Options are the platforms that an image has to have.
type Options struct {
	Require []v1.Platform
	// Exact are all platforms of the image. An empty list allows any.
	Exact []v1.Platform
}

// Judge returns what is wrong with an image: errors before warnings, otherwise in the order of the index.
func Judge(c Contents, o Options) []Finding {
	j := &judge{Contents: c, judged: map[v1.Hash]bool{}, at: map[Blob]int{}}
	root := c.Manifests[c.Root]
	switch {
	case root.Err != nil:
		j.failed("manifest", root.Err, c.Root, nil, "")
	case root.IsIndex():
		j.index(root)
		j.platforms(root, o)
	default:
		e := index.NewEntry(root.Descriptor)
		j.manifest(e, root)
		j.required(j.known([]index.Entry{e}), o)
	}
	j.blobsFound()
	j.referrers()
	if c.Limit != nil {
		j.add("limit-exceeded", c.Root, nil, "%v", c.Limit)
	}
	slices.SortStableFunc(j.findings, func(a, b Finding) int { return cmp.Compare(a.Severity, b.Severity) })
	return j.findings
}

// A judge collects the findings about one image.
type judge struct {
	Contents
	findings []Finding
	judged   map[v1.Hash]bool // the manifests
	blobs    []neededBlob
	at       map[Blob]int // the positions of the blobs
}

// add adds a finding about a manifest or a blob.
func (j *judge) add(rule string, digest v1.Hash, platforms []v1.Platform, format string, args ...any) {
	where := spec.Reference{Place: j.Reference.Place, Digest: digest}
	if digest == (v1.Hash{}) {
		where = j.Reference
	}
	j.findings = append(j.findings, Finding{ruleOf(rule), where, platforms, fmt.Sprintf(format, args...)})
}

// failed adds the finding for an object that could not be read: what is manifest, config or layer.
func (j *judge) failed(what string, err error, digest v1.Hash, platforms []v1.Platform, size string) {
	switch {
	case errors.Is(err, registry.ErrNotFound):
		j.add(what+"-missing", digest, platforms, "the repository does not hold the %s%s%s", what, size, forPlatforms(platforms))
	case errors.Is(err, registry.ErrUnverified):
		j.add(what+"-corrupt", digest, platforms, "the %s%s%s is damaged: %v", what, size, forPlatforms(platforms), err)
	default:
		j.add(what+"-unreadable", digest, platforms, "the registry refuses to show the %s%s%s: %v", what, size, forPlatforms(platforms), err)
	}
}

// forPlatforms names the images that something belongs to.
func forPlatforms(platforms []v1.Platform) string {
	if len(platforms) == 0 {
		return ""
	}
	return " of the image for " + index.PlatformList(platforms)
}

// index judges an index and all that is below it.
func (j *judge) index(m Manifest) {
	j.judged[m.Descriptor.Digest] = true
	if !slices.ContainsFunc(m.Entries, func(e index.Entry) bool { return !e.IsAttached() }) {
		j.add("no-images", m.Descriptor.Digest, nil, "the index lists no image")
	}
	for _, e := range m.Entries {
		child, ok := j.Manifests[e.Descriptor.Digest]
		if !ok { // beyond a limit
			continue
		}
		j.entry(m, e, child)
		switch {
		case e.Kind == index.Nested && child.Err == nil && !j.judged[e.Descriptor.Digest]:
			j.index(child)
		case e.Kind != index.Nested && child.Err == nil:
			j.manifest(e, child)
		}
	}
	if len(m.Entries) <= spec.MaxEntries { // every two entries are compared
		j.duplicates(m)
	}
}

// entry compares an entry of an index with the manifest behind it.
func (j *judge) entry(parent Manifest, e index.Entry, child Manifest) {
	digest, platforms := e.Descriptor.Digest, platformsOf(e, child)
	if e.Kind == index.Nested {
		j.add("nested-index", digest, nil, "the index lists another index")
	}
	if child.Err != nil {
		j.failed("manifest", child.Err, digest, platforms, "")
		return
	}
	if got, want := child.Descriptor.Size, e.Descriptor.Size; got != want {
		j.add("size-mismatch", digest, platforms, "the manifest has %d bytes, but the index says %d", got, want)
	}
	if got, want := child.Descriptor.MediaType, e.Descriptor.MediaType; got != want {
		j.add("media-type-mismatch", digest, platforms, "the manifest is a %q, but the index says %q", got, want)
	}
	if isDocker(parent.Descriptor.MediaType) != isDocker(child.Descriptor.MediaType) && e.Kind == index.Image {
		j.add("mixed-formats", digest, platforms, "a manifest of type %s is in an index of type %s", child.Descriptor.MediaType, parent.Descriptor.MediaType)
	}
	j.platform(e, child)
	j.subject(parent, e, child)
}

// platformsOf is the platform of an entry as a list: that of the descriptor, else that of the config.
func platformsOf(e index.Entry, child Manifest) []v1.Platform {
	switch {
	case e.HasPlatform():
		return []v1.Platform{e.Platform}
	case !e.IsAttached() && child.Image != nil && child.Image.Platform.OS != "":
		return []v1.Platform{child.Image.Platform}
	}
	return nil
}

// duplicates finds images for one platform that nothing distinguishes.
func (j *judge) duplicates(m Manifest) {
	entries := j.known(m.Entries)
	for i := range entries {
		e := &entries[i]
		e.Origin.Source = e.Descriptor.Digest.String()
		if config := j.Manifests[e.Descriptor.Digest].Config; config != nil {
			e.Origin.Config = config.MediaType
		}
	}
	if a, b, found := index.Duplicates(entries); found {
		platform := entries[a].Platform
		j.add("duplicate-platform", entries[b].Descriptor.Digest, []v1.Platform{platform}, "%s and %s are both images for %s",
			entries[a].Descriptor.Digest, entries[b].Descriptor.Digest, index.PlatformText(platform))
	}
}

// known are entries with the facts of their manifests: the kind, and the platform if the index names none.
func (j *judge) known(entries []index.Entry) []index.Entry {
	entries = slices.Clone(entries)
	for i := range entries {
		e := &entries[i]
		child := j.Manifests[e.Descriptor.Digest]
		e.Describe(registry.Document{ArtifactType: child.ArtifactType, Config: child.Config})
		if e.Kind == index.Image && !e.HasPlatform() && child.Image != nil {
			e.Platform = platforms.Normalise(index.Known(&child.Image.Platform))
		}
	}
	return entries
}
