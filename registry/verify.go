package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Verify returns a reader that fails if the digest or the size of a blob differs from its descriptor. The reader
// returns the last bytes only after the check, so that no caller passes on a whole blob that is wrong. A reader
// that verifies already is returned unchanged. Errors name a blob that is a fmt.Stringer by that name.
func Verify(blob io.ReadCloser, d v1.Descriptor) (io.ReadCloser, error) {
	if v, ok := blob.(*verifier); ok && v.want.Digest == d.Digest && v.want.Size == d.Size {
		return v, nil
	}
	if d.Digest.Algorithm != "sha256" {
		blob.Close()
		return nil, (&verifier{ReadCloser: blob, want: d}).wrong("cannot verify the digest: manifest-tool supports sha256 only")
	}
	return &verifier{ReadCloser: blob, want: d, sum: sha256.New()}, nil
}

// wrong says what is wrong with a blob.
func (v *verifier) wrong(format string, args ...any) error {
	text := fmt.Sprintf("%s: ", v.want.Digest) + fmt.Sprintf(format, args...)
	if origin, ok := v.ReadCloser.(fmt.Stringer); ok {
		text = origin.String() + ": " + text
	}
	return Errorf(ErrUnverified, "%s", text)
}

type verifier struct {
	io.ReadCloser
	want v1.Descriptor
	sum  hash.Hash
	size int64
	err  error // how it ended
}

func (v *verifier) Read(p []byte) (int, error) {
	if v.err != nil || len(p) == 0 {
		return 0, v.err
	}
	n, err := v.ReadCloser.Read(p)
	v.sum.Write(p[:n])
	v.size += int64(n)
	switch {
	case v.size == v.want.Size && (err == nil || err == io.EOF):
		v.err = v.end()
		if v.err == io.EOF {
			return n, nil
		}
	case v.size > v.want.Size:
		v.err = v.wrong("larger than the expected %d bytes", v.want.Size)
	case err == io.EOF:
		v.err = v.wrong("the content ends after %d of %d bytes", v.size, v.want.Size)
	default:
		v.err = err
		return n, err
	}
	return 0, v.err
}

// end looks whether what has come is all and is right: io.EOF if so.
func (v *verifier) end() error {
	if n, err := io.ReadFull(v.ReadCloser, make([]byte, 1)); n > 0 {
		return v.wrong("larger than the expected %d bytes", v.want.Size)
	} else if err != io.EOF {
		return err
	}
	if got := hex.EncodeToString(v.sum.Sum(nil)); got != v.want.Digest.Hex {
		return v.wrong("the content has the digest sha256:%s", got)
	}
	return io.EOF
}
