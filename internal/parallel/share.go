package parallel

import (
	"context"
	"errors"
	"sync/atomic"
)

// Share returns a function that calls do once for all callers. The first caller runs do. The others wait for its
// result, each at most until its own context ends.
func Share[T any](do func() (T, error)) func(context.Context) (T, error) {
	var taken atomic.Bool
	var value T
	err := errors.New("the function of another caller panicked")
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
