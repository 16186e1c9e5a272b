package remote

import (
	"errors"
	"io"
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
	"github.com/manifest-tool/manifest-tool/registry/remote/refusal"
)

// An EncodedError concerns an answer with wrong bytes and with a content coding (RFC 9110, 8.4) that the request did
// not accept. Digests are over the bytes without a coding.
type EncodedError struct {
	Coding string
	Err    error
}

func (e *EncodedError) Error() string {
	return e.Err.Error() + " (the answer has Content-Encoding: " + e.Coding + ", which the request did not accept)"
}

// Unwrap returns the cause.
func (e *EncodedError) Unwrap() error { return e.Err }

// encoded adds the content coding of an answer to an error about its bytes.
func encoded(h http.Header, err error) error {
	coding := refusal.CodingOf(h)
	var known *EncodedError
	if coding == "" || !errors.Is(err, registry.ErrUnverified) || errors.As(err, &known) {
		return err
	}
	return &EncodedError{Coding: refusal.Shorten(coding), Err: err}
}

// verified returns a reader that checks a blob. Some stores declare a gzip layer as encoded, which alone is no
// error.
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
