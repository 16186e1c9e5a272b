package plan

import v1 "github.com/google/go-containerregistry/pkg/v1"

// Digests are the digests of the index and all manifests below it, and of the referrers that were read, each before what
// it needs. With blobs, those of configs and layers are among them. No digest is twice in the list.
func (i Inspection) Digests(blobs bool) []v1.Hash {
	l := digestList{blobs: blobs, seen: map[v1.Hash]bool{}}
	l.inspection(i)
	return l.list
}

type digestList struct {
	blobs bool
	seen  map[v1.Hash]bool
	list  []v1.Hash
}

func (l *digestList) add(digest v1.Hash) {
	if digest != (v1.Hash{}) && !l.seen[digest] {
		l.seen[digest] = true
		l.list = append(l.list, digest)
	}
}

func (l *digestList) image(d *ImageDetails) {
	if d == nil || !l.blobs {
		return
	}
	l.add(d.Config.Digest)
	for _, layer := range d.Layers {
		l.add(layer.Digest)
	}
}

func (l *digestList) inspection(i Inspection) {
	l.add(i.Manifest.Digest)
	l.image(i.Image)
	for _, e := range i.Entries {
		l.add(e.Descriptor.Digest)
		l.image(e.Image)
		if e.Nested != nil {
			l.inspection(*e.Nested)
		}
	}
	for _, r := range i.Referrers {
		l.add(r.Descriptor.Digest)
		l.image(&r.Image)
		for _, n := range r.Descendants {
			l.add(n.Descriptor.Digest)
			for _, blob := range n.Blobs {
				if l.blobs {
					l.add(blob.Digest)
				}
			}
		}
	}
}
