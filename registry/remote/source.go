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

// A source is the blob of an upload. It keeps the error of a failed read, because net/http reports only a broken
// connection. Its reader may still be in use after the exchange.
type source struct {
	blob v1.Descriptor
	open func(context.Context) (io.ReadCloser, error)
	sent func(int)
	// ask sends "Expect: 100-continue" (RFC 9110, 10.1.1). It is set for a try
	// after a broken connection: without it, the answer of a server that refuses and closes at once is lost.
	ask bool

	ctx   context.Context
	ahead chan opened // opened by prepare; nil after take

	mu      sync.Mutex
	err     error
	damaged bool // the bytes do not match the digest
}

type opened struct {
	blob io.ReadCloser
	err  error
}

// prepare opens the source in the background. The caller has to call end.
func (s *source) prepare(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	s.ctx, s.ahead = ctx, make(chan opened, 1)
	ahead := s.ahead
	go func() {
		blob, err := s.verified()
		ahead <- opened{blob, err}
	}()
	return func() {
		cancel()
		if s.ahead == nil {
			return
		}
		if unused := <-s.ahead; unused.err == nil {
			unused.blob.Close()
		}
	}
}

// verified opens the source with a check of the digest, which fails before the last bytes are sent.
func (s *source) verified() (io.ReadCloser, error) {
	blob, err := s.open(s.ctx)
	if err != nil {
		return nil, err
	}
	return registry.Verify(blob, s.blob)
}

// take returns the blob that prepare opened, or opens the source again.
func (s *source) take() (io.ReadCloser, error) {
	if s.ahead == nil {
		return s.verified()
	}
	o := <-s.ahead
	s.ahead = nil
	return o.blob, o.err
}

// body opens the body of the request.
func (s *source) body() (io.ReadCloser, error) {
	blob, err := s.take()
	if err != nil {
		s.set(err, false)
		return nil, err
	}
	return &sourceBody{ReadCloser: blob, source: s}, nil
}

func (s *source) set(err error, damaged bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err, s.damaged = err, damaged
	}
}

// cause returns the error of the source, unless the registry answered, and whether the bytes were damaged on the
// way.
func (s *source) cause(err error) (damaged bool, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer := (*ResponseError)(nil); errors.As(err, &answer) {
		return answer.Has("DIGEST_INVALID"), err
	}
	return s.damaged, cmp.Or(s.err, err)
}

type sourceBody struct {
	io.ReadCloser
	source *source
}

func (b *sourceBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if ended := b.source.ctx.Err(); ended != nil {
		n, err = 0, ended // send nothing more
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.source.set(err, errors.Is(err, registry.ErrUnverified))
	}
	b.source.sent(n)
	return n, err
}
