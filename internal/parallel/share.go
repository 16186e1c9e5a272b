package parallel

import (
	"context"
	"errors"
	"sync/atomic"
)

// Share gives a function that does something once for all who call it. Who comes first does it, the
// others wait for what comes of it, each no longer than until its own context ends.
func Share[T any](do func() (T, error)) func(context.Context) (T, error) {
	var taken atomic.Bool
	var value T
	err := errors.New("whoever did it panicked")
	done := make(chan struct{})
	return func(ctx context.Context) (T, error) {
		if taken.CompareAndSwap(false, true) {
			defer close(done)
			value, err = do()
			return value, err
		}
		select {
		case <-done:
			return value, err
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
	}
}
