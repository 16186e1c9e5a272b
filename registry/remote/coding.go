package remote

import (
	"errors"
	"io"
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// An EncodedError is an answer that came with a content coding (RFC 9110, 8.4), although none was accepted, and
// whose bytes are not right. Digests are of the bytes without a coding.
type EncodedError struct {
	Coding string
	Err    error
}

func (e *EncodedError) Error() string {
	return e.Err.Error() + " (the answer came with Content-Encoding: " + e.Coding + ", although none was accepted)"
}

// Unwrap gives the cause.
func (e *EncodedError) Unwrap() error { return e.Err }

// encoded names the content coding of an answer in an error about its bytes.
func encoded(h http.Header, err error) error {
	coding := refusal.CodingOf(h)
	var known *EncodedError
	if coding == "" || !errors.Is(err, registry.ErrUnverified) || errors.As(err, &known) {
		return err
	}
	return &EncodedError{Coding: refusal.Shorten(coding), Err: err}
}

// verified checks a blob while it is read. Stores may declare a layer that is compressed as gzip to be encoded:
// that alone is no error.
func verified(blob io.ReadCloser, d v1.Descriptor, h http.Header) (io.ReadCloser, error) {
	checked, err := registry.Verify(blob, d)
	if err != nil || refusal.CodingOf(h) == "" {
		return checked, encoded(h, err)
	}
	return &encodedBody{checked, h}, nil
}

type encodedBody struct {
	io.ReadCloser
	header http.Header
}

func (b *encodedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	return n, encoded(b.header, err)
}
