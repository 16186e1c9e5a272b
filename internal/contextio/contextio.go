// Package contextio opens and reads files that may block, and ends with a context.
package contextio

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadFile reads a file that a user names: a regular file, a pipe, or a device such as /dev/stdin. The read ends
// with the context, also while a pipe has no writer. A file of more than limit bytes is a [TooLargeError], and no
// more than limit bytes of it are kept.
func ReadFile(ctx context.Context, name string, limit int) ([]byte, error) {
	f, err := Open(ctx, name, os.O_RDONLY)
	var raw []byte
	if err == nil {
		defer f.Close()
		raw, err = ReadAll(ctx, f, limit)
	}
	if err != nil && ctx.Err() != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: ctx.Err()}
	}
	return raw, err
}

// ReadAll is [ReadFile] for a file that is open, such as stdin.
func ReadAll(ctx context.Context, r io.Reader, limit int) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(NewReader(ctx, r), int64(limit)+1))
	switch {
	case err != nil:
		return nil, err
	case len(raw) > limit:
		return nil, TooLargeError{limit}
	}
	return raw, nil
}

// A TooLargeError is a file that has more bytes than a file of its kind may have.
type TooLargeError struct{ Limit int }

func (e TooLargeError) Error() string {
	return fmt.Sprintf("the file is larger than the limit of %d KiB", e.Limit>>10)
}

// Open is os.OpenFile that ends with the context: opening a pipe waits until its other end is open.
func Open(ctx context.Context, name string, flag int) (*os.File, error) {
	return withContext(ctx, func() (*os.File, error) { return os.OpenFile(name, flag, 0o666) })
}

// NewReader returns a reader that ends with the context, even while it waits for a person or a pipe.
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
