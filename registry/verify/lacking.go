package verify

import (
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
)

// Lacks are the manifests and blobs that an image needs and that its repository does not hold as they should be.
type Lacks struct {
	Manifests, Blobs []v1.Descriptor
	// Damaged reports that the repository holds some of them with other bytes.
	Damaged bool
}

// IsEmpty reports whether nothing is missing.
func (l Lacks) IsEmpty() bool { return len(l.Manifests)+len(l.Blobs) == 0 }

// Lacking finds what a repair has to bring. What the registry refuses to show is not part of it.
func Lacking(c Contents) Lacks {
	l := &lacker{Contents: c, seen: map[v1.Hash]bool{}}
	l.manifest(index.NewEntry(c.Manifests[c.Root].Descriptor))
	for _, flaw := range c.Referrers.Flaws {
		if flaw.Digest != (v1.Hash{}) && errors.Is(flaw.Err, registry.ErrNotFound) {
			l.Lacks.Manifests = append(l.Lacks.Manifests, flaw.Descriptor)
		}
	}
	for _, r := range c.Referrers.Found {
		l.blobs(r.Blobs)
		for _, n := range r.Descendants {
			l.blobs(n.Blobs)
		}
	}
	return l.Lacks
}

type lacker struct {
	Contents
	Lacks
	seen map[v1.Hash]bool
}

// isLost reports whether an object does not exist, or is damaged.
func (l *lacker) isLost(err error) bool {
	if errors.Is(err, registry.ErrUnverified) {
		l.Damaged = true
		return true
	}
	return errors.Is(err, registry.ErrNotFound)
}

func (l *lacker) manifest(e index.Entry) {
	digest := e.Descriptor.Digest
	m, ok := l.Contents.Manifests[digest]
	if l.seen[digest] || !ok || digest == (v1.Hash{}) {
		return
	}
	l.seen[digest] = true
	if m.Err != nil {
		if digest != l.Root && l.isLost(m.Err) {
			l.Lacks.Manifests = append(l.Lacks.Manifests, e.Descriptor)
		}
		return
	}
	for _, child := range m.Entries {
		l.manifest(child)
	}
	if m.Config != nil {
		l.blobs([]v1.Descriptor{*m.Config})
	}
	l.blobs(m.Layers)
}

func (l *lacker) blobs(all []v1.Descriptor) {
	for _, d := range all {
		if err := l.Contents.Blobs[BlobOf(d)]; err != nil && !l.seen[d.Digest] && d.MediaType.IsDistributable() && l.isLost(err) {
			l.seen[d.Digest] = true
			l.Lacks.Blobs = append(l.Lacks.Blobs, d)
		}
	}
}
