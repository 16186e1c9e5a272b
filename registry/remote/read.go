package remote

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// read sends a request for a small body and reads the whole body. It repeats the request if the connection breaks.
func (c *client) read(ctx context.Context, r request, limit int64) (*http.Response, []byte, error) {
	return c.readAnd(ctx, r, limit, func(*http.Response, []byte) error { return nil })
}

// largeDocument is the size from which at most largeAtOnce documents are read and decoded at the same time. This
// limits the memory of the whole run.
const (
	largeDocument = 256 << 10
	largeAtOnce   = 3
)

// readAnd is read with a function that uses the body before the next large document is read. An error of use is
// final, unless its class allows another try.
func (c *client) readAnd(ctx context.Context, r request, limit int64, use func(*http.Response, []byte) error) (*http.Response, []byte, error) {
	var resp *http.Response
	var raw []byte
	r.document = true
	err := c.host.retryFor(ctx, r.tries, tryTime, func(ctx context.Context) (err error) {
		if resp, err = c.once(ctx, r, http.StatusOK); err != nil {
			return err
		}
		defer resp.Body.Close()
		var done func()
		raw, done, err = c.readBody(ctx, resp, limit)
		defer done()
		if err != nil {
			return transportError(r, c.host, err)
		}
		return use(resp, raw)
	})
	return resp, raw, err
}

// readBody reads a body. The rest of a large body waits until fewer than largeAtOnce are in memory. The caller calls
// done when it has used the body.
func (c *client) readBody(ctx context.Context, resp *http.Response, limit int64) (raw []byte, done func(), err error) {
	b := bytes.NewBuffer(make([]byte, 0, min(max(resp.ContentLength, 0), largeDocument)+bytes.MinRead))
	if _, err := b.ReadFrom(io.LimitReader(resp.Body, min(largeDocument, limit))); err != nil || b.Len() < largeDocument {
		return b.Bytes(), func() {}, err
	}
	select {
	case c.host.options.large <- struct{}{}:
		done = func() { <-c.host.options.large }
	case <-ctx.Done():
		return nil, func() {}, ctx.Err()
	}
	b.Grow(int(max(min(resp.ContentLength, limit)-largeDocument, 0)) + bytes.MinRead)
	_, err = b.ReadFrom(io.LimitReader(resp.Body, limit-largeDocument))
	return b.Bytes(), done, err
}
