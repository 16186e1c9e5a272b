package archive

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/manifest-tool/manifest-tool/registry"
)

const (
	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"
)

// A layer is a file in the archive, and its digest without compression from the config.
type layer struct {
	name   string
	entry  entry
	diffID v1.Hash
}

// A layerKey identifies a layer by its place and its expected content.
type layerKey struct {
	offset int64
	diffID v1.Hash
}

// layer describes a layer as it is sent. The digest of an uncompressed layer comes from the config, and the read of
// the layer checks it. Other layers are read to find their digest.
func (b builder) layer(l layer) (v1.Descriptor, error) {
	head := string(l.entry.head[:])
	d := v1.Descriptor{MediaType: types.OCIUncompressedLayer, Digest: l.diffID, Size: l.entry.size}
	from := blob{name: l.name, entry: l.entry}
	measure := b.measure
	switch {
	case strings.HasPrefix(head, gzipMagic):
		d.MediaType, measure = types.OCILayer, b.measureGzip
	case head == zstdMagic:
		d.MediaType = types.OCILayerZStd
	case b.options.Compress:
		d.MediaType, measure, from.compress = types.OCILayer, b.measureCompressed, true
	default:
		b.synthesized.addBlob(d.Digest, from)
		return d, nil
	}
	key := layerKey{l.entry.offset, l.diffID}
	if known, ok := b.synthesized.layer(key); ok {
		return known, nil
	}
	content, err := b.content(b.ctx, l.entry)
	if err != nil {
		return d, b.files().damaged(l.name, err)
	}
	if d.Digest, d.Size, err = measure(l, content); err != nil {
		return d, err
	}
	b.synthesized.addLayer(key, d)
	b.synthesized.addBlob(d.Digest, from)
	return d, nil
}

// measure returns digest and size.
func (b builder) measure(l layer, content io.Reader) (v1.Hash, int64, error) {
	sum := sha256.New()
	n, err := io.Copy(sum, content)
	if err == nil && n < l.entry.size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return v1.Hash{}, n, b.files().damaged(l.name, err)
	}
	return digestOf(sum), n, nil
}

// measureGzip is measure with a check that the decompressed bytes match the config. There is no such check for zstd,
// which docker save does not write.
func (b builder) measureGzip(l layer, content io.Reader) (v1.Hash, int64, error) {
	outer, inner := sha256.New(), sha256.New()
	compressed := &counter{r: io.TeeReader(content, outer)}
	z, err := gzip.NewReader(compressed)
	if err != nil {
		return v1.Hash{}, 0, b.files().damaged(l.name, err)
	}
	plain := &counter{r: z, check: func(n int64) error {
		if n > b.free && n/maxRatio > compressed.n {
			return b.bad(l.name, "%d compressed bytes decompress to more than %d bytes, as in a decompression bomb", compressed.n, n)
		}
		return nil
	}}
	if _, err := io.Copy(inner, plain); err != nil {
		return v1.Hash{}, 0, b.files().damaged(l.name, err)
	}
	if compressed.n != l.entry.size {
		return v1.Hash{}, 0, b.bad(l.name, "the file ends after %d of %d bytes", compressed.n, l.entry.size)
	}
	if got := digestOf(inner); got != l.diffID {
		return v1.Hash{}, 0, b.bad(l.name, "the layer decompresses to the digest %s, but the config lists %s", got, l.diffID)
	}
	return digestOf(outer), compressed.n, nil
}

// measureCompressed is measure of the compressed layer, with a check of the uncompressed bytes.
func (b builder) measureCompressed(l layer, content io.Reader) (v1.Hash, int64, error) {
	checked, err := registry.Verify(io.NopCloser(content), v1.Descriptor{Digest: l.diffID, Size: l.entry.size})
	if err != nil {
		return v1.Hash{}, 0, err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, newCompressor(checked))
	if err != nil {
		return v1.Hash{}, n, b.files().damaged(l.name, err)
	}
	return digestOf(sum), n, nil
}

func digestOf(sum hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum.Sum(nil))}
}

// A counter counts the bytes that are read.
type counter struct {
	r     io.Reader
	n     int64
	check func(n int64) error // an error ends the read
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.check != nil && err == nil {
		err = c.check(c.n)
	}
	return n, err
}
