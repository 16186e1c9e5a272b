package main

import (
	"context"
	"io"
)

// untilDone gives a reader that ends with the context, also while it waits for a person or a pipe.
func untilDone(ctx context.Context, r io.Reader) io.Reader { return &doneReader{ctx, r} }

type doneReader struct {
	ctx context.Context
	r   io.Reader
}

func (d *doneReader) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	buffer, done := make([]byte, len(p)), make(chan result, 1)
	go func() {
		n, err := d.r.Read(buffer)
		done <- result{n, err}
	}()
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case got := <-done:
		return copy(p, buffer[:got.n]), got.err
	}
}
