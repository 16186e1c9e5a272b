package verify

import (
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry/index"
	"github.com/manifest-tool/manifest-tool/spec"
)

// A Result is the verdict on one image.
type Result struct {
	Subject   string         // the argument that names the image
	Reference spec.Reference // the image, by its tag if it has one
	Tags      []string       // all tags of the image that were verified
	Digest    v1.Hash        // zero if there is no image
	Platforms []v1.Platform  // those of the images, each once
	Manifests int            // how many were read
	Blobs     int            // how many were verified
	Referrers int
	Deep      bool
	Findings  []Finding
	Repair    *Repair // with --repair-from
	Err       error   // why the image could not be verified
}

// A Repair is what --repair-from did. The findings of the result are those after the repair.
type Repair struct {
	Before   []Finding
	Brought  []v1.Hash // the manifests and blobs that came from other places
	NotFound []v1.Hash // those that no other place holds
	Err      error     // why the repair did not end
}

// NewResult judges an image.
func NewResult(subject string, c Contents, o Options) Result {
	r := Result{
		Subject: subject, Reference: c.Reference, Digest: c.Root, Deep: c.Deep,
		Manifests: len(c.Manifests), Referrers: len(c.Referrers.Found), Findings: Judge(c, o),
	}
	if c.Reference.Tag != "" {
		r.Tags = []string{c.Reference.Tag}
	}
	j := &judge{Contents: c}
	root := c.Manifests[c.Root]
	entries := j.known([]index.Entry{index.NewEntry(root.Descriptor)})
	if root.IsIndex() {
		entries = j.images(root, map[v1.Hash]bool{})
	}
	for _, e := range entries {
		same := func(p v1.Platform) bool { return index.SameGroup(p, e.Platform) }
		if e.Kind == index.Image && e.HasPlatform() && !slices.ContainsFunc(r.Platforms, same) {
			r.Platforms = append(r.Platforms, e.Platform)
		}
	}
	r.Blobs = len(c.needed())
	return r
}

// needed are the blobs that the image and its referrers need.
func (c Contents) needed() map[Blob]bool {
	needed := map[Blob]bool{}
	add := func(all ...v1.Descriptor) {
		for _, d := range all {
			needed[BlobOf(d)] = true
		}
	}
	for _, m := range c.Manifests {
		if m.Config != nil {
			add(*m.Config)
		}
		add(m.Layers...)
	}
	for _, r := range c.Referrers.Found {
		add(r.Blobs...)
		for _, n := range r.Descendants {
			add(n.Blobs...)
		}
	}
	return needed
}
