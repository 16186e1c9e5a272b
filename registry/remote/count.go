package remote

import (
	"context"
	"sync/atomic"
)

// A RequestCount counts the requests that are sent for a part of a run, also those that are sent again. It leaves out
// requests for tokens, which all parts share.
type RequestCount struct{ n, retries atomic.Int64 }

// N is the number of requests so far.
func (c *RequestCount) N() int64 { return c.n.Load() }

// Retries is how often a request, or an upload with its requests, was tried again after a failure that may pass. A request
// that is sent again with a login is not a retry.
func (c *RequestCount) Retries() int64 { return c.retries.Load() }

type countKey struct{}

// Counting returns a context whose requests are counted.
func Counting(ctx context.Context, c *RequestCount) context.Context {
	return context.WithValue(ctx, countKey{}, c)
}

func countRetry(ctx context.Context) {
	if c, ok := ctx.Value(countKey{}).(*RequestCount); ok {
		c.retries.Add(1)
	}
}

func countRequest(ctx context.Context) {
	if c, ok := ctx.Value(countKey{}).(*RequestCount); ok {
		c.n.Add(1)
	}
}
