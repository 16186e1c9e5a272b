package resolve

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// maxUnpacked limits how much of a layer is unpacked: a multiple of its size, and some more for small layers. Layers
// whose content is longer are read to their end, but not unpacked.
func maxUnpacked(size int64) int64 { return 200*size + 1<<30 }

// diffID reads a layer to its end, and returns the digest of its unpacked content (image-spec, config.md, "DiffID"). As
// in clients, the first bytes decide on the compression. The digest is zero for zstd. An error is one of the layer; a
// gzip stream that is damaged, although the layer has its digest, is an [errUnpack].
func diffID(layer io.Reader, limit int64) (v1.Hash, error) {
	r := bufio.NewReaderSize(layer, 64<<10)
	head, err := r.Peek(len(zstdMagic))
	if err != nil && err != io.EOF {
		return v1.Hash{}, err
	}
	var digest v1.Hash
	var unpackErr error
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		digest, unpackErr = unpacked(r, limit)
	case !bytes.HasPrefix(head, zstdMagic):
		sum := sha256.New()
		_, err := io.Copy(sum, r)
		return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum.Sum(nil))}, err
	}
	if _, err := io.Copy(io.Discard, r); err != nil { // what is wrong with the layer itself comes first
		return v1.Hash{}, err
	}
	return digest, unpackErr
}

// unpacked is the digest of the content of a gzip stream, or zero if the content is too long.
func unpacked(r io.Reader, limit int64) (v1.Hash, error) {
	content, err := gzip.NewReader(r)
	if err != nil {
		return v1.Hash{}, errUnpack{err}
	}
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(content, limit+1))
	switch {
	case err != nil:
		return v1.Hash{}, errUnpack{err}
	case n > limit:
		return v1.Hash{}, nil
	}
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum.Sum(nil))}, nil
}

// An errUnpack is a layer that clients cannot unpack.
type errUnpack struct{ error }

// Unwrap returns the class of the error, and the cause.
func (e errUnpack) Unwrap() []error { return []error{registry.ErrUnverified, e.error} }

// isUnpack reports whether the bytes of a layer are right, but cannot be unpacked.
func isUnpack(err error) bool {
	var e errUnpack
	return errors.As(err, &e)
}
