package resolve

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

func TestDiffID(t *testing.T) {
	content := bytes.Repeat([]byte("content "), 10_000)
	packed := func(parts ...[]byte) []byte {
		var b bytes.Buffer
		for _, part := range parts { // estargz has many members
			w := gzip.NewWriter(&b)
			w.Write(part)
			w.Close()
		}
		return b.Bytes()
	}
	whole := packed(content)
	broken := bytes.Clone(whole)
	broken[len(broken)/2] ^= 1
	for _, test := range []struct {
		name     string
		layer    []byte
		want     v1.Hash
		isUnpack bool
	}{
		{"gzip", whole, registry.DigestOf(content), false},
		{"gzip of several members", packed(content[:99], content[99:]), registry.DigestOf(content), false},
		{"not compressed", content, registry.DigestOf(content), false},
		{"empty", nil, registry.DigestOf(nil), false},
		{"one byte", []byte{0x1f}, registry.DigestOf([]byte{0x1f}), false},
		{"zstd", append(bytes.Clone(zstdMagic), content...), v1.Hash{}, false},
		{"gzip with a wrong bit", broken, v1.Hash{}, true},
		{"gzip that is cut off", whole[:len(whole)/2], v1.Hash{}, true},
		{"gzip with other bytes behind it", append(bytes.Clone(whole), "x"...), v1.Hash{}, true},
	} {
		r := bytes.NewReader(test.layer)
		got, err := diffID(r, maxUnpacked(int64(len(test.layer))))
		if got != test.want || isUnpack(err) != test.isUnpack || err != nil && !errors.Is(err, registry.ErrUnverified) {
			t.Errorf("%s: %s, %v; want %s", test.name, got, err, test.want)
		}
		if r.Len() > 0 {
			t.Errorf("%s: %d bytes are not read", test.name, r.Len())
		}
	}
	// an error of the registry is no fault of the layer
	lost := errors.New("connection lost")
	if _, err := diffID(io.MultiReader(bytes.NewReader(whole[:50]), iotest.ErrReader(lost)), 100); !errors.Is(err, lost) || isUnpack(err) {
		t.Errorf("error %v, want %v", err, lost)
	}
}

// A layer that unpacks to more than the limit is read to its end, but has no digest.
func TestDiffIDOfBomb(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(make([]byte, 1<<20))
	w.Close()
	for limit, want := range map[int64]v1.Hash{1<<20 - 1: {}, 1 << 20: registry.DigestOf(make([]byte, 1<<20))} {
		r := bytes.NewReader(b.Bytes())
		if got, err := diffID(r, limit); got != want || err != nil || r.Len() > 0 {
			t.Errorf("limit %d: %s, %v, %d bytes left", limit, got, err, r.Len())
		}
	}
}
