package remote

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/registry"
)

// A source is the blob that an upload sends. It keeps what went wrong while reading it, which net/http
// tells only as the trouble of a connection. Its reader may still be in use when the exchange is over.
type source struct {
	ctx  context.Context
	blob v1.Descriptor
	open func() (io.ReadCloser, error)
	sent func(int)

	mu  sync.Mutex
	err error
}

// body opens the source, verified: what is wrong ends before a registry has all of it.
func (s *source) body() (io.ReadCloser, error) {
	blob, err := s.open()
	if err == nil {
		blob, err = registry.Verify(blob, s.blob)
	}
	if err != nil {
		s.set(err)
		return nil, err
	}
	return &sourceBody{ReadCloser: blob, source: s}, nil
}

func (s *source) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = cmp.Or(s.err, err)
}

// or is the source's error, unless the registry gave an answer of its own.
func (s *source) or(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer := (*ResponseError)(nil); errors.As(err, &answer) {
		return err
	}
	return cmp.Or(s.err, err)
}

type sourceBody struct {
	io.ReadCloser
	source *source
}

func (b *sourceBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if ended := b.source.ctx.Err(); ended != nil {
		n, err = 0, ended // nothing more goes out
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.source.set(err)
	}
	b.source.sent(n)
	return n, err
}
