// Package contextio opens and reads files that may block, and ends with a context.
package contextio

import (
	"context"
	"io"
	"os"
)

// openFile is os.OpenFile that ends with the context: opening a pipe waits until its other end is open.
func Open(ctx context.Context, name string, flag int) (*os.File, error) {
	return withContext(ctx, func() (*os.File, error) { return os.OpenFile(name, flag, 0o666) })
}

// contextReader returns a reader that ends with the context, even while it waits for a person or a pipe.
func NewReader(ctx context.Context, r io.Reader) io.Reader { return &reader{ctx, r} }

type reader struct {
	ctx context.Context
	r   io.Reader
}

func (c *reader) Read(p []byte) (int, error) {
	read, err := withContext(c.ctx, func() ([]byte, error) {
		buffer := make([]byte, len(p)) // not p: the caller owns p again when the context ends
		n, err := c.r.Read(buffer)
		return buffer[:n], err
	})
	return copy(p, read), err
}

// withContext waits for do, but not longer than until the context ends.
func withContext[T any](ctx context.Context, do func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := do()
		done <- result{value, err}
	}()
	select {
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	case got := <-done:
		return got.value, got.err
	}
}
