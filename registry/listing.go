package registry

import (
	"bytes"
	"encoding/json"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A listing is an index as it is written, for changes that leave all else as it is: each entry keeps its
// bytes, and the index its other fields.
type listing struct {
	mediaType types.MediaType
	whole     object
	entries   []listed
}

// listed is one entry of a listing.
type listed struct {
	v1.Descriptor
	raw json.RawMessage
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
		l.entries = append(l.entries, listed{d, raw[i]})
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
