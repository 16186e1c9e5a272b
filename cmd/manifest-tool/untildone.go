package main

import (
	"context"
	"io"
	"os"
)

// orDone waits for something that may hang, but no longer than until the context ends.
func orDone[T any](ctx context.Context, do func() (T, error)) (T, error) {
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

// openFile is os.OpenFile, which for a pipe waits until there is somebody at its other end.
func openFile(ctx context.Context, name string, flag int) (*os.File, error) {
	return orDone(ctx, func() (*os.File, error) { return os.OpenFile(name, flag, 0o666) })
}

// untilDone gives a reader that ends with the context, also while it waits for a person or a pipe.
func untilDone(ctx context.Context, r io.Reader) io.Reader { return &doneReader{ctx, r} }

type doneReader struct {
	ctx context.Context
	r   io.Reader
}

func (d *doneReader) Read(p []byte) (int, error) {
	read, err := orDone(d.ctx, func() ([]byte, error) {
		buffer := make([]byte, len(p)) // not p, which is the caller's again when the context ends
		n, err := d.r.Read(buffer)
		return buffer[:n], err
	})
	return copy(p, read), err
}
