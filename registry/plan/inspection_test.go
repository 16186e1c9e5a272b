package plan

import (
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/index"
)

// blobOf is a blob whose digest is a letter, and whose size is its place in the alphabet.
func blobOf(letter byte) v1.Descriptor {
	return v1.Descriptor{Digest: v1.Hash{Algorithm: "sha256", Hex: strings.Repeat(string(letter), 64)}, Size: int64(letter - 'a' + 1)}
}

// inspectedImage is an image with a config and layers.
func inspectedImage(manifest byte, config byte, layers string) InspectedEntry {
	d := &ImageDetails{Config: blobOf(config)}
	for i := range len(layers) {
		d.Layers = append(d.Layers, blobOf(layers[i]))
	}
	return InspectedEntry{Entry: index.Entry{Kind: index.Image, Descriptor: blobOf(manifest)}, Image: d}
}

func TestShared(t *testing.T) {
	attestation := inspectedImage('s', 'k', "a")
	attestation.Kind = index.Attestation
	tests := []struct {
		entries []InspectedEntry
		want    Shared
	}{
		{nil, Shared{}},
		{[]InspectedEntry{inspectedImage('x', 'k', "ab")}, Shared{Total: 11 + 1 + 2}},
		{[]InspectedEntry{inspectedImage('x', 'k', "aab"), inspectedImage('y', 'l', "ca")}, Shared{Layers: 1, Size: 1, Images: 2, Total: 11 + 12 + 1 + 2 + 3}},
		{[]InspectedEntry{inspectedImage('x', 'k', "aa"), inspectedImage('x', 'k', "aa")}, Shared{Total: 12}},
		{[]InspectedEntry{inspectedImage('x', 'k', "a"), attestation}, Shared{Total: 12}},
		{[]InspectedEntry{inspectedImage('x', 'k', "ab"), inspectedImage('y', 'k', "bc"), inspectedImage('z', 'l', "cd"), inspectedImage('w', 'm', "e")},
			Shared{Layers: 2, Size: 5, Images: 3, Total: 11 + 12 + 13 + 1 + 2 + 3 + 4 + 5}},
		{[]InspectedEntry{{Entry: index.Entry{Kind: index.Image, Descriptor: blobOf('x')}, Missing: true}}, Shared{}},
	}
	for i, tt := range tests {
		if got := (Inspection{Entries: tt.entries}).Shared(); got != tt.want {
			t.Errorf("%d: %+v, want %+v", i, got, tt.want)
		}
	}
}

func TestDigests(t *testing.T) {
	nested := InspectedEntry{Entry: index.Entry{Kind: index.Nested, Descriptor: blobOf('n')}}
	nested.Nested = &Inspection{Manifest: registry.Manifest{Digest: blobOf('n').Digest}, Entries: []InspectedEntry{inspectedImage('y', 'l', "bc")}}
	referrer := InspectedReferrer{Image: ImageDetails{Config: blobOf('e'), Layers: []v1.Descriptor{blobOf('s')}}}
	referrer.Descriptor = blobOf('r')
	below := Node{Blobs: []v1.Descriptor{blobOf('d')}}
	below.Descriptor = blobOf('q')
	referrer.Descendants = []Node{below}
	i := Inspection{
		Manifest: registry.Manifest{Digest: blobOf('i').Digest}, Entries: []InspectedEntry{inspectedImage('x', 'k', "ab"), nested, inspectedImage('x', 'k', "ab")},
		Referrers: []InspectedReferrer{referrer},
	}
	for blobs, want := range map[bool]string{false: "ixnyrq", true: "ixkabnylcresqd"} {
		var got []byte
		for _, digest := range i.Digests(blobs) {
			got = append(got, digest.Hex[0])
		}
		if string(got) != want {
			t.Errorf("blobs %v: %s, want %s", blobs, got, want)
		}
	}
	if !slices.Equal(i.Digests(true), i.Digests(true)) {
		t.Error("the order changes")
	}
}
