package parallel

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"sync"

	"golang.org/x/sync/errgroup"
)

// atOnce is how many things of one kind are worked on at once. What goes over the wire at once is
// limited by the repository, which knows its registry.
const atOnce = 64

// Each calls do for every number below n, many at once. The first failure ends the others. Each returns the failure
// that [First] prefers, in the order in which they happened. A panic continues in the caller, which may recover.
func Each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	return EachOf(ctx, func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}, do)
}

// EachOf is [Each] for values that come one after the other. The next one is asked for when there is room for its call.
func EachOf[T any](ctx context.Context, values iter.Seq[T], do func(ctx context.Context, value T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	var failures failures
	for value := range values {
		group.Go(func() error {
			err := caught(func() error { return do(ctx, value) })
			failures.add(err)
			return err
		})
	}
	group.Wait()
	for _, err := range failures.errs {
		if p := (panicked{}); errors.As(err, &p) {
			panic(p)
		}
	}
	return First(failures.errs)
}

// failures are errors in the order in which they happened.
type failures struct {
	mu   sync.Mutex
	errs []error
}

func (f *failures) add(err error) {
	if err == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errs = append(f.errs, err)
}

// panicked is a panic on its way to another goroutine.
type panicked struct {
	value any
	stack []byte
}

func (p panicked) Error() string { return fmt.Sprint(p.value) }

// Stack is where it came from.
func (p panicked) Stack() []byte { return p.stack }

func caught(do func() error) (err error) {
	defer func() {
		switch value := recover().(type) {
		case nil:
		case panicked: // further in
			err = value
		default:
			err = panicked{value, debug.Stack()}
		}
	}()
	return do()
}

// First returns the first of the errors that says the most. An error that is only the cancellation by another
// failure says the least. An error with the method Words that returns false, such as a broken connection or an
// answer without a body, comes before a cancellation and behind all others.
func First(errs []error) error {
	var first error
	for _, err := range errs {
		if says(err) > says(first) {
			first = err
		}
	}
	return first
}

// says ranks an error by how much it shows of the cause of a failure.
func says(err error) int {
	var worded interface{ Words() bool }
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return 1
	case errors.As(err, &worded) && !worded.Words():
		return 2
	}
	return 3
}
