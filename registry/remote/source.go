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
	blob v1.Descriptor
	open func(context.Context) (io.ReadCloser, error)
	sent func(int)
	// ask has the registry say that it wants the bytes, before they are sent (RFC 9110, 10.1.1). It is for a try
	// behind one whose connection broke: a server that refuses and hangs up at once may not be heard otherwise.
	ask bool

	ctx   context.Context
	ahead chan opened // what was opened ahead; nil once it is taken

	mu      sync.Mutex
	err     error
	damaged bool // its bytes are not what they should be
}

type opened struct {
	blob io.ReadCloser
	err  error
}

// prepare opens the source ahead of its use. Afterwards it has to be ended.
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

// verified opens the source so that what is wrong ends before a registry has all of it.
func (s *source) verified() (io.ReadCloser, error) {
	blob, err := s.open(s.ctx)
	if err != nil {
		return nil, err
	}
	return registry.Verify(blob, s.blob)
}

// take gives what was opened ahead, or opens the source anew.
func (s *source) take() (io.ReadCloser, error) {
	if s.ahead == nil {
		return s.verified()
	}
	o := <-s.ahead
	s.ahead = nil
	return o.blob, o.err
}

// body is what is sent.
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

// or is the source's error, unless the registry gave an answer of its own, and whether it is about bytes
// that were damaged on their way to us or to the registry.
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
		n, err = 0, ended // nothing more goes out
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.source.set(err, errors.Is(err, registry.ErrUnverified))
	}
	b.source.sent(n)
	return n, err
}
