package repositorytest

import (
	"bytes"
	"context"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// A source is a Memory whose blobs do not come out as they went in.
type source struct {
	*Memory
	serve func(content []byte) io.Reader
}

// Blob serves the blob, and checks nothing: the one who stores it has to.
func (s source) Blob(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	content, err := s.Memory.Blob(ctx, d)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(s.serve(raw)), nil
}

func wrong(content []byte) io.Reader {
	changed := bytes.Clone(content)
	changed[len(changed)/2] ^= 1
	return bytes.NewReader(changed)
}

func short(content []byte) io.Reader { return bytes.NewReader(content[:len(content)-1]) }

func long(content []byte) io.Reader {
	return io.MultiReader(bytes.NewReader(content), bytes.NewReader([]byte{0}))
}

func empty([]byte) io.Reader { return bytes.NewReader(nil) }

// then serves half of a blob, calls a function, and goes on unless that returns an error.
func then(call func() error) func([]byte) io.Reader {
	return func(content []byte) io.Reader {
		half := len(content) / 2
		return io.MultiReader(bytes.NewReader(content[:half]), &callReader{call: call}, bytes.NewReader(content[half:]))
	}
}

type callReader struct{ call func() error }

func (r *callReader) Read([]byte) (int, error) {
	if err := r.call(); err != nil {
		return 0, err
	}
	return 0, io.EOF
}
