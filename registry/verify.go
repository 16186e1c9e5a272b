package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Verify returns a reader that reads a blob and fails where its digest or size is not that of the
// descriptor: on the first byte too many, or in place of io.EOF.
func Verify(blob io.ReadCloser, d v1.Descriptor) (io.ReadCloser, error) {
	if d.Digest.Algorithm != "sha256" {
		blob.Close()
		return nil, Errorf(ErrUnverified, "%s: cannot check a digest that is not sha256", d.Digest)
	}
	return &verifier{ReadCloser: blob, want: d, sum: sha256.New()}, nil
}

type verifier struct {
	io.ReadCloser
	want v1.Descriptor
	sum  hash.Hash
	size int64
}

func (v *verifier) Read(p []byte) (int, error) {
	n, err := v.ReadCloser.Read(p)
	v.sum.Write(p[:n])
	v.size += int64(n)
	switch {
	case v.size > v.want.Size:
		return 0, Errorf(ErrUnverified, "%s: more than the %d bytes it should have", v.want.Digest, v.want.Size)
	case err == io.EOF && v.size < v.want.Size:
		return 0, Errorf(ErrUnverified, "%s: ends after %d of %d bytes", v.want.Digest, v.size, v.want.Size)
	case err == io.EOF:
		if got := hex.EncodeToString(v.sum.Sum(nil)); got != v.want.Digest.Hex {
			return 0, Errorf(ErrUnverified, "%s: the bytes have the digest sha256:%s", v.want.Digest, got)
		}
	}
	return n, err
}
