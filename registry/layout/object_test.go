package layout

import (
	"bytes"
	"encoding/json"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// FuzzIndex: whatever index.json holds, it is refused, or one name can be put into it and found,
// and nothing else changes.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":2,"manifests":[]}`), "v1")
	f.Add([]byte(`{"schemaVersion":2,"manifests":null,"x":{"<":1e2}}`), "v1")
	f.Add([]byte(`{"schemaVersion":2,"manifests":[7,{"annotations":{"org.opencontainers.image.ref.name":"v1"}}]}`), "v1")
	f.Add([]byte(`{"schemaVersion":2,"manifests":[{"digest":"sha256:../x","size":-1}]} {}`), "")
	d := v1.Descriptor{MediaType: types.OCIImageIndex, Size: 1, Digest: v1.Hash{
		Algorithm: "sha256", Hex: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
	}}
	f.Fuzz(func(t *testing.T, raw []byte, name string) {
		x, err := parseIndex(raw)
		if err != nil {
			return
		}
		choose(choicesOf(x.images(rooted{Repository: &Repository{}}).list), "")
		choose(choicesOf(x.images(rooted{Repository: &Repository{}}).list), name)
		if name == "" || checkName(name) != nil {
			return
		}
		y, _ := x.with(change{name: name, manifest: d})
		written := y.document.encode()
		z, err := parseIndex(written)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if found, err := choose(choicesOf(z.images(rooted{Repository: &Repository{}}).list), name); err != nil || z.entries[found[0]].digest != d.Digest.String() {
			t.Errorf("%s: %s is %v, %v", written, name, found, err)
		}
		if _, changes := z.with(change{name: name, manifest: d}); changes {
			t.Errorf("%s: changes once more", written)
		}
		for _, m := range x.document {
			var compact bytes.Buffer
			json.Compact(&compact, m.value)
			if m.key != "manifests" && !bytes.Equal(compact.Bytes(), z.document.get(m.key)) {
				t.Errorf("%q was %s, is %s", m.key, m.value, z.document.get(m.key))
			}
		}
	})
}
