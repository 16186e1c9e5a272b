package registry

import (
	"bytes"
	"encoding/json"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/spec"
)

// A listing is an index as it is written, for changes that leave all else as it is: each entry keeps its
// bytes, and the index its other fields.
type listing struct {
	mediaType types.MediaType
	whole     object
	entries   []listed
	changes   []Change
}

// listed is one entry of a listing.
type listed struct {
	v1.Descriptor
	raw json.RawMessage
	// planned is what has to be in the target for it: itself, behind what an index holds.
	planned []Planned
}

func parseListing(m Manifest) (listing, error) {
	l := listing{mediaType: m.MediaType}
	doc, err := parse(m)
	if err != nil {
		return l, err
	}
	if l.whole, err = parseObject(m.Bytes); err != nil {
		return l, err
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(l.whole.values["manifests"], &raw); err != nil || len(raw) != len(doc.Manifests) {
		return l, Errorf(ErrUnverified, "%s is not what an index looks like", m.Digest)
	}
	for i, d := range doc.Manifests {
		l.entries = append(l.entries, listed{Descriptor: d, raw: raw[i]})
	}
	return l, nil
}

// manifest is the index with the entries that it has now.
func (l listing) manifest() (Manifest, error) {
	raw := make([][]byte, len(l.entries))
	for i, e := range l.entries {
		raw[i] = e.raw
	}
	l.whole.values["manifests"] = slices.Concat([]byte{'['}, bytes.Join(raw, []byte{','}), []byte{']'})
	return newIndex(l.mediaType, l.whole.bytes())
}

func (l *listing) changed(what string, platform v1.Platform, from, to v1.Hash) {
	l.changes = append(l.changes, Change{what, platform, from, to})
}

// annotate adds the annotations of a spec to the index and to its entries.
func (l *listing) annotate(s spec.Spec) error {
	if l.mediaType == types.DockerManifestList && len(s.Annotations)+len(s.ImageAnnotations) > 0 {
		return Errorf(ErrInvalid, "it is a Docker list, which cannot hold annotations")
	}
	changed, err := l.whole.annotate(s.Annotations)
	if err != nil {
		return err
	}
	if changed {
		l.changed("annotated", v1.Platform{}, v1.Hash{}, v1.Hash{})
	}
	for _, a := range s.ImageAnnotations {
		fits := 0
		for i := range l.entries {
			e := &l.entries[i]
			if !e.isImage() || !spec.Matches(a.Platform, e.platform()) {
				continue
			}
			fits++
			changed, err := e.annotate(a)
			if err != nil {
				return err
			}
			if changed {
				l.changed("annotated", e.platform(), e.Digest, e.Digest)
			}
		}
		if fits == 0 {
			return Errorf(ErrInvalid, "annotation %q: there is no image for %s", a.Key, describe(a.Platform))
		}
	}
	return nil
}

func (e listed) isImage() bool {
	_, isAttestation := attests(e.Descriptor)
	return !isAttestation && e.MediaType.IsImage()
}

// platform is that of the index, or else of the config.
func (e listed) platform() v1.Platform { return e.planned[len(e.planned)-1].Platform }

// set changes one field of an entry.
func (e *listed) set(key string, value any) error {
	o, err := parseObject(e.raw)
	if err == nil {
		err = o.set(key, value)
	}
	e.raw = o.bytes()
	return err
}

func (e *listed) annotate(a spec.ImageAnnotation) (changed bool, err error) {
	o, err := parseObject(e.raw)
	if err == nil {
		changed, err = o.annotate(map[string]string{a.Key: a.Value})
	}
	if changed {
		e.raw = o.bytes()
	}
	return changed, err
}
